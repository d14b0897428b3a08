/* Random bytes into everything that takes bytes from outside: `fuzz SEED ROUNDS`. Meant for the sanitisers.
 *
 * Inputs lie in memory of exactly their length, outputs in memory of exactly what the header promises. Prints
 * how many control requests of each status, ATT answers and notifications there were.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hci.h"

#define LONGEST_REQUEST 64u
#define LONGEST_PDU 300u
#define LONGEST_STREAM 700u

static uint64_t state;
static unsigned statuses[4], refused, answers, notified;
static bip_slot slots[32];
static bip_sensor sensor;
static att_server server;
static hci_host host;

/* xorshift64*: Vigna, 2016, doi:10.1145/2845077 */
static uint32_t chance(uint32_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545F4914F6CDD1Du) >> 33) % below;
}

static uint64_t now_us(void *ctx) { (void)ctx; return chance(1000000); }
static void settle(void *ctx, bip_settings *settings, bip_scales *scales)
{
    (void)ctx;
    *scales = bip_nominal_scales(settings);
}
static bool start(void *ctx, const bip_settings *settings) { (void)ctx; (void)settings; return chance(8) != 0; }
static void stop(void *ctx) { (void)ctx; }
static void identify(void *ctx) { (void)ctx; }

static const bip_port PORT = {NULL, now_us, settle, start, stop, identify};
static const bip_settings DEFAULTS = {200000, 16, 2000, 40};
static const att_identity IDENTITY = {"a name that is longer than what fits", "m", "o", "1", ATT_MTU_MAX};

static uint8_t *noise(size_t len)
{
    uint8_t *bytes = malloc(len ? len : 1);
    size_t i;
    for (i = 0; i < len; i++)
        bytes[i] = (uint8_t)chance(256);
    return bytes;
}

static void samples(void)
{
    uint32_t count = chance(40);
    bip_sample sample = {{1, 2, INT16_MIN}, {4, INT16_MAX, 6}};
    for (; count; count--) {
        (void)bip_push(&sensor, &sample, chance(1000000));
        if (!chance(20))
            bip_lose(&sensor, chance(5));
    }
}

/* Everything that waits; while an indication is not confirmed, no other may come. */
static void drain(void)
{
    static const uint8_t TIME[] = {3, 0}, CONFIRMATION[] = {0x1E};
    uint8_t *out = malloc(ATT_MTU_MAX);
    bool unconfirmed = false;
    size_t len;
    do {
        len = att_next(&server, out);
        if (len > server.mtu || (len && out[0] == 0x1D && unconfirmed))
            abort();
        notified += len != 0;
        if (len && out[0] == 0x1D) {
            unconfirmed = true;
            if (!chance(4))
                (void)bip_write(&sensor, TIME, sizeof TIME);
        }
        if (unconfirmed && !len) {
            (void)att_receive(&server, CONFIRMATION, sizeof CONFIRMATION, out);
            unconfirmed = false;
            len = 1; /* what waited for the confirmation */
        }
    } while (len);
    free(out);
}

static void control(size_t len)
{
    uint8_t *request = noise(len), *answer = malloc(BIP_ANSWER_MAX);
    if (len && chance(4))
        request[0] = (uint8_t)(1 + chance(5));
    if (len >= 12 && chance(2)) {
        bip_put32(request + 2, 1000 + chance(1800000));
        bip_put16(request + 6, (uint16_t)chance(4));
    }
    if (bip_write(&sensor, request, len) != BIP_WRITE_ACCEPTED)
        refused++;
    samples();
    drain();
    if (bip_take_answer(&sensor, answer))
        abort(); /* drained */
    if (sensor.answer[2] < 4)
        statuses[sensor.answer[2]]++;
    free(request);
    free(answer);
}

static void attribute_protocol(size_t len)
{
    static const uint8_t OPCODES[] = {0x02, 0x04, 0x06, 0x08, 0x0A, 0x0C, 0x10, 0x12, 0x1E, 0x52, 0x16, 0x18};
    uint8_t *pdu = noise(len), *out = malloc(ATT_MTU_MAX);
    if (len)
        pdu[0] = chance(16) ? OPCODES[chance(sizeof OPCODES)] : pdu[0];
    if (len >= 3 && chance(4))
        bip_put16(pdu + 1, (uint16_t)chance(26));
    if (len >= 5 && chance(4))
        bip_put16(pdu + 3, (uint16_t)chance(30));
    if (len >= 7 && chance(2))
        bip_put16(pdu + 5, (uint16_t)(0x2800 + chance(4)));
    if (att_receive(&server, pdu, len, out) > server.mtu)
        abort();
    answers++;
    samples();
    drain();
    free(pdu);
    free(out);
}

static void swallow(void *ctx, const uint8_t *bytes, size_t len)
{
    static volatile uint8_t sum;
    size_t i;
    (void)ctx;
    for (i = 0; i < len; i++)
        sum = (uint8_t)(sum + bytes[i]);
}

static void controller(size_t len)
{
    static const uint8_t CONNECTED[] = {4, 0x3E, 4, 1, 0, 0x40, 0};
    static const uint8_t ROOM[] = {4, 0x13, 5, 1, 0x40, 0, 8, 0};
    uint8_t *bytes = noise(len);
    size_t at;
    for (at = 0; at < len; at += 1 + chance(40))
        bytes[at] = chance(2) ? 2 : 4;
    for (at = 0; at + 9 < len; at += 9 + chance(60)) { /* pieces of frames that could be */
        bytes[at] = 2;
        bip_put16(bytes + at + 1, (uint16_t)(0x40 | (chance(3) << 12)));
        bip_put16(bytes + at + 3, (uint16_t)chance(30));
        bip_put16(bytes + at + 5, (uint16_t)chance(26));
        bip_put16(bytes + at + 7, 4);
    }
    hci_receive(&host, CONNECTED, sizeof CONNECTED);
    hci_receive(&host, bytes, len);
    hci_receive(&host, ROOM, sizeof ROOM);
    samples();
    hci_pump(&host);
    free(bytes);
}

static void begin(void)
{
    static const uint8_t ADDRESS[6] = {1, 2, 3, 4, 5, 0xC6};
    bip_init(&sensor, &PORT, slots, 32, &DEFAULTS);
    att_init(&server, &sensor, &IDENTITY);
    hci_start(&host, &server, ADDRESS, swallow, NULL);
    att_connected(&server);
    bip_set_mtu(&sensor, (uint16_t)chance(300));
    server.mtu = sensor.mtu < ATT_MTU_MAX ? sensor.mtu : ATT_MTU_MAX;
    bip_set_mtu(&sensor, server.mtu);
    bip_set_notify(&sensor, chance(4) != 0);
    server.control_subscription = 2;
}

int main(int count, char **words)
{
    const unsigned long rounds = count > 2 ? strtoul(words[2], NULL, 10) : 1;
    unsigned long round;
    size_t len;

    state = count > 1 ? strtoul(words[1], NULL, 10) | 1u : 1;
    for (round = 0; round < rounds; round++) {
        begin();
        for (len = 0; len <= LONGEST_REQUEST; len++) {
            control(len);
            control(chance(2) ? 12 : 2); /* the lengths that are right */
        }
        for (len = 0; len <= LONGEST_PDU; len++)
            attribute_protocol(len);
        begin();
        for (len = 0; len <= LONGEST_STREAM; len += 1 + chance(9))
            controller(len);
    }
    printf("%u %u %u %u ", statuses[0], statuses[1], statuses[2], statuses[3]);
    printf("%u %u %u\n", refused, answers, notified);
    return 0;
}
