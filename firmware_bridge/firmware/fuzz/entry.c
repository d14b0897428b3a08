#include "entry.h"

#include <stdlib.h>
#include <string.h>

#include "hci.h"

#define SLOTS 24u
#define MAX_ACTS 300u
#define SAMPLE_LEN 12u
#define SAMPLE_US 5000u

enum { CONTROL, ATT, CONTROLLER, SAMPLES, LOSE, CLOCK, MTU, NOTIFY, DRAIN, LINK, IMU, CONFIG, ACTS };

void (*on_given)(gave kind, const uint8_t *bytes, size_t len);

static bip_slot slots[SLOTS];
static bip_sensor sensor;
static att_server server;
static hci_host host;
static uint64_t clock_us;
static bool imu_absent;

static uint64_t now_us(void *ctx) { (void)ctx; return clock_us; }
static void settle(void *ctx, bip_settings *settings, bip_scales *scales)
{
    (void)ctx;
    *scales = bip_nominal_scales(settings);
}
static bool start(void *ctx, const bip_settings *settings) { (void)ctx; (void)settings; return !imu_absent; }
static void nothing(void *ctx) { (void)ctx; }

static const bip_port PORT = {NULL, now_us, settle, start, nothing, nothing};
static const bip_settings DEFAULTS = {200000, 16, 2000, 40};
static const att_identity IDENTITY = {"bar", "m", "o", "1", ATT_MTU_MAX};

static void promise(bool kept)
{
    if (!kept)
        abort();
}

static void give(gave kind, const uint8_t *bytes, size_t len)
{
    if (on_given)
        on_given(kind, bytes, len);
}

/* H4: what goes to the controller is one whole packet of a known kind. */
static void sent(void *ctx, const uint8_t *bytes, size_t len)
{
    (void)ctx;
    promise(len >= 4 && len <= HCI_PACKET_MAX && (bytes[0] == 1 || bytes[0] == 2));
    promise(len == (bytes[0] == 1 ? 4u + bytes[3] : 5u + bip_get16(bytes + 3)));
}

static void begin(void)
{
    static const uint8_t ADDRESS[6] = {1, 2, 3, 4, 5, 0xC6};
    clock_us = 0;
    imu_absent = false;
    memset(slots, 0, sizeof slots);
    bip_init(&sensor, &PORT, slots, SLOTS, &DEFAULTS);
    att_init(&server, &sensor, &IDENTITY);
    hci_start(&host, &server, ADDRESS, sent, NULL);
    att_connected(&server);
}

static void drain(void)
{
    uint8_t *answer = malloc(BIP_ANSWER_MAX), *packet = malloc(BIP_VALUE_MAX);
    size_t len, acts = 0;
    do {
        len = bip_take_packet(&sensor, packet);
        promise(len <= BIP_VALUE_MAX);
        if (len)
            give(GAVE_PACKET, packet, len);
        else if ((len = bip_take_answer(&sensor, answer)) != 0)
            give(GAVE_ANSWER, answer, len);
        promise(acts++ <= SLOTS + 1);
    } while (len);
    free(answer);
    free(packet);
}

static void control(const uint8_t *bytes, size_t len)
{
    uint8_t *told = malloc(len + 1);
    told[0] = (uint8_t)bip_write(&sensor, bytes, len);
    if (len)
        memcpy(told + 1, bytes, len);
    give(GAVE_RESULT, told, len + 1);
    free(told);
}

static void attribute_protocol(const uint8_t *bytes, size_t len)
{
    uint8_t *out = malloc(ATT_MTU_MAX);
    promise(att_receive(&server, bytes, len, out) <= server.mtu);
    promise(att_next(&server, out) <= server.mtu);
    promise(server.mtu >= BIP_MTU_MIN && server.mtu <= ATT_MTU_MAX);
    free(out);
}

static void controller(const uint8_t *bytes, size_t len)
{
    hci_receive(&host, bytes, len);
    hci_pump(&host);
}

static void samples(const uint8_t *bytes, size_t len)
{
    bip_sample sample;
    size_t i;
    for (; len >= SAMPLE_LEN; bytes += SAMPLE_LEN, len -= SAMPLE_LEN) {
        for (i = 0; i < 3; i++) {
            sample.acc[i] = (int16_t)bip_get16(bytes + 2 * i);
            sample.gyr[i] = (int16_t)bip_get16(bytes + 6 + 2 * i);
        }
        (void)bip_push(&sensor, &sample, (uint32_t)clock_us);
        clock_us += SAMPLE_US;
    }
}

static uint32_t whole_number(const uint8_t *bytes, size_t len)
{
    uint32_t value = 0;
    size_t i;
    for (i = 0; i < len && i < 4; i++)
        value |= (uint32_t)bytes[i] << (8 * i);
    return value;
}

/* As in Bluetooth, the MTU of a connection never shrinks. */
static void set_mtu(uint32_t mtu)
{
    if (mtu > server.mtu)
        server.mtu = (uint16_t)(mtu > ATT_MTU_MAX ? ATT_MTU_MAX : mtu);
    bip_set_mtu(&sensor, server.mtu);
}

static void tell_config(void)
{
    uint8_t *out = malloc(BIP_CONFIG_LEN);
    bip_read_config(&sensor, out);
    give(GAVE_CONFIG, out, BIP_CONFIG_LEN);
    free(out);
}

static void act(unsigned what, const uint8_t *bytes, size_t len)
{
    const uint32_t value = whole_number(bytes, len);
    switch (what) {
    case CONTROL: control(bytes, len); break;
    case ATT: attribute_protocol(bytes, len); break;
    case CONTROLLER: controller(bytes, len); break;
    case SAMPLES: samples(bytes, len); break;
    case LOSE: bip_lose(&sensor, value); break;
    case CLOCK: clock_us += value; break;
    case MTU: set_mtu(value); break;
    case NOTIFY: bip_set_notify(&sensor, value & 1u); break;
    case DRAIN: drain(); break;
    case LINK: value & 1u ? att_connected(&server) : att_disconnected(&server); break;
    case IMU: imu_absent = value & 1u; break;
    default: tell_config(); break;
    }
    promise(bip_room(&sensor) <= SLOTS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t acts;
    begin();
    for (acts = 0; acts < MAX_ACTS && size >= 2; acts++) {
        const size_t len = data[1] < size - 2 ? data[1] : size - 2;
        uint8_t *bytes = malloc(len ? len : 1); /* exactly as long, so that a sanitiser sees a read too far */
        memcpy(bytes, data + 2, len);
        act(data[0] % ACTS, bytes, len);
        free(bytes);
        data += 2 + len;
        size -= 2 + len;
    }
    drain();
    tell_config();
    return 0;
}
