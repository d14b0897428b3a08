/* The firmware on a computer: a peripheral that talks HCI (H4) over its standard input, which must be a socket.
 *
 *     bar-host --samples rows.bin --rate-millihz 200000 --acc-g 16 --gyr-dps 2000 [--name N] [--mtu M]
 *              [--speed S] [--fifo N] [--lift-at-us T]
 *
 * rows.bin: int16, little-endian, acc x y z gyro x y z. --speed: the device's clock runs S times as fast as the
 * wall's. --fifo: rows that the IMU holds for a blocked radio. --lift-at-us: what the device's clock shows at the
 * first START. Ends when the controller closes the socket.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "feed.h"
#include "hci.h"

#define CONTROLLER 0
#define ROUND_MS 1
#define QUEUE 256u
#define DEFAULT_LATENCY_MS 40u
#define NS_PER_US 1000u
#define US_PER_S 1000000u
#define BOOT_US (90u * US_PER_S) /* what the clock shows at first: to a client no clock starts at 0 */
#define BATTERY_PCT 87

static const uint8_t ADDRESS[6] = {0x02, 0xE1, 0x2B, 0xBA, 0x0D, 0xF0};

typedef struct {
    feed source;
    uint64_t clock_us; /* what the clock shows at power-on */
    uint64_t lift_at_us;
    uint64_t speed;
    uint64_t powered_us;
} bar;

static uint64_t monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / NS_PER_US;
}

static uint64_t now_us(void *ctx)
{
    const bar *self = ctx;
    return self->clock_us + (monotonic_us() - self->powered_us) * self->speed;
}

static void settle(void *ctx, bip_settings *settings, bip_scales *scales)
{
    feed_settle(&((bar *)ctx)->source, settings, scales);
}

static bool start(void *ctx, const bip_settings *settings)
{
    bar *self = ctx;
    (void)settings;
    if (self->lift_at_us && !self->source.lifting) /* nothing streams yet: the clock may still be set */
        self->clock_us += self->lift_at_us - now_us(self);
    feed_start(&self->source, now_us(self));
    return true;
}

static void stop(void *ctx)
{
    (void)ctx;
}

static void identify(void *ctx)
{
    (void)ctx;
    fputs("identify\n", stderr);
}

static void send_bytes(void *ctx, const uint8_t *bytes, size_t len)
{
    ssize_t sent;
    (void)ctx;
    for (; len; bytes += sent, len -= (size_t)sent) {
        sent = write(CONTROLLER, bytes, len);
        if (sent < 0 && errno == EINTR)
            sent = 0;
        if (sent < 0)
            exit(EXIT_SUCCESS); /* the controller is gone: the radio is switched off */
    }
}

static void fail(const char *what, const char *value)
{
    fprintf(stderr, "bar-host: %s %s\n", what, value);
    exit(EXIT_FAILURE);
}

static uint8_t *read_file(const char *path, uint32_t *rows)
{
    FILE *file = fopen(path, "rb");
    long size;
    uint8_t *bytes;

    if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < (long)FEED_ROW_LEN ||
        fseek(file, 0, SEEK_SET))
        fail("no samples can be read from", path);
    bytes = malloc((size_t)size);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size)
        fail("no samples can be read from", path);
    fclose(file);
    *rows = (uint32_t)((size_t)size / FEED_ROW_LEN);
    return bytes;
}

enum { RATE_MILLIHZ, ACC_G, GYR_DPS, MTU, SPEED, FIFO, LIFT_AT_US, NUMBERS };

static const struct {
    const char *name;
    uint64_t max;
} OPTIONS[NUMBERS] = {
    {"--rate-millihz", BIP_RATE_MAX_MILLIHZ},
    {"--acc-g", UINT16_MAX},
    {"--gyr-dps", UINT16_MAX},
    {"--mtu", ATT_MTU_MAX},
    {"--speed", 1000},
    {"--fifo", UINT32_MAX},
    {"--lift-at-us", UINT64_MAX / 2},
};

typedef struct {
    const char *samples;
    const char *name;
    uint64_t numbers[NUMBERS];
} options;

static void take_option(options *given, const char *name, const char *value)
{
    char *end;
    int i;

    if (!strcmp(name, "--samples")) {
        given->samples = value;
        return;
    }
    if (!strcmp(name, "--name")) {
        given->name = value;
        return;
    }
    for (i = 0; i < NUMBERS && strcmp(name, OPTIONS[i].name); i++)
        continue;
    if (i == NUMBERS)
        fail("unknown option", name);
    given->numbers[i] = strtoull(value, &end, 10);
    if (*end || end == value || given->numbers[i] > OPTIONS[i].max)
        fail(name, "must be a whole number in its range");
}

static options parse(int count, char **words)
{
    options given = {NULL, "Bar C", {0, 0, 2000, ATT_MTU_MAX, 1, UINT32_MAX, 0}};
    int i;

    for (i = 1; i + 1 < count; i += 2)
        take_option(&given, words[i], words[i + 1]);
    if (i != count || !given.samples || given.numbers[RATE_MILLIHZ] < BIP_RATE_MIN_MILLIHZ || !given.numbers[ACC_G])
        fail("needs", "--samples FILE --rate-millihz N --acc-g N, each option with a value");
    return given;
}

static void run(hci_host *host, bip_sensor *sensor, bar *self)
{
    struct pollfd controller = {CONTROLLER, POLLIN, 0};
    uint8_t bytes[512];
    ssize_t got;

    for (;;) {
        if (poll(&controller, 1, ROUND_MS) > 0) {
            got = read(CONTROLLER, bytes, sizeof bytes);
            if (got <= 0)
                return;
            hci_receive(host, bytes, (size_t)got);
        }
        feed_run(&self->source, sensor, now_us(self));
        hci_pump(host);
    }
}

int main(int count, char **words)
{
    static bip_slot slots[QUEUE];
    static hci_host host;
    static bip_sensor sensor;
    static att_server server;
    const options given = parse(count, words);
    const att_identity identity = {given.name, "imu-tempo", "host firmware", "1.0", (uint16_t)given.numbers[MTU]};
    bar self = {.clock_us = BOOT_US, .lift_at_us = given.numbers[LIFT_AT_US], .speed = given.numbers[SPEED]};
    const bip_port port = {&self, now_us, settle, start, stop, identify};
    bip_settings settings;
    uint32_t row_count;
    uint8_t *rows = read_file(given.samples, &row_count);

    settings.rate_millihz = (uint32_t)given.numbers[RATE_MILLIHZ];
    settings.acc_range_g = (uint16_t)given.numbers[ACC_G];
    settings.gyr_range_dps = (uint16_t)given.numbers[GYR_DPS];
    settings.latency_ms = DEFAULT_LATENCY_MS;
    feed_init(&self.source, rows, row_count, &settings, (uint32_t)given.numbers[FIFO]);
    self.powered_us = monotonic_us();
    bip_init(&sensor, &port, slots, QUEUE, &settings);
    att_init(&server, &sensor, &identity);
    server.battery_pct = BATTERY_PCT;
    hci_start(&host, &server, ADDRESS, send_bytes, NULL);
    run(&host, &sensor, &self);
    free(rows);
    return EXIT_SUCCESS;
}
