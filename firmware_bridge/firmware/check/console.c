/* The profile core on a console: the tests play client, IMU and radio. */
#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bip_sensor.h"

static uint64_t clock_us;
static bool imu_absent;
static unsigned started, stopped, identified;

static uint64_t now_us(void *ctx)
{
    (void)ctx;
    return clock_us;
}

/* An IMU that can do everything up to 800 Hz, and has no calibration. */
static void settle(void *ctx, bip_settings *settings, bip_scales *scales)
{
    (void)ctx;
    if (settings->rate_millihz > 800000u)
        settings->rate_millihz = 800000u;
    *scales = bip_nominal_scales(settings);
}

static bool start(void *ctx, const bip_settings *settings)
{
    (void)ctx;
    (void)settings;
    started++;
    return !imu_absent;
}

static void stop(void *ctx)
{
    (void)ctx;
    stopped++;
}

static void identify(void *ctx)
{
    (void)ctx;
    identified++;
}

static const bip_port PORT = {NULL, now_us, settle, start, stop, identify};
static const bip_settings DEFAULTS = {200000, 16, 2000, 40};
static bip_sensor sensor;
static bip_slot *slots;

static void reset(const char *capacity)
{
    free(slots);
    slots = calloc((size_t)number(capacity), sizeof *slots);
    clock_us = 0;
    imu_absent = false;
    started = stopped = identified = 0;
    bip_init(&sensor, &PORT, slots, (uint16_t)number(capacity), &DEFAULTS);
}

static void push(char **words)
{
    bip_sample sample;
    int i;
    for (i = 0; i < 3; i++) {
        sample.acc[i] = (int16_t)number(words[2 + i]);
        sample.gyr[i] = (int16_t)number(words[5 + i]);
    }
    printf("%d\n", bip_push(&sensor, &sample, (uint32_t)number(words[1])));
}

static void write_control(const char *hex)
{
    size_t len;
    uint8_t *bytes = bytes_of(hex, &len);
    printf("%d\n", (int)bip_write(&sensor, bytes, len));
    free(bytes);
}

static void take(size_t (*from)(bip_sensor *, uint8_t *), size_t max)
{
    uint8_t *out = malloc(max);
    print_bytes(out, from(&sensor, out));
    free(out);
}

static void tell_config(void)
{
    uint8_t *out = malloc(BIP_CONFIG_LEN);
    bip_read_config(&sensor, out);
    print_bytes(out, BIP_CONFIG_LEN);
    free(out);
}

static bool change(const char *what, char **words)
{
    if (!strcmp(what, "reset")) reset(words[1]);
    else if (!strcmp(what, "connect")) bip_connected(&sensor);
    else if (!strcmp(what, "disconnect")) bip_disconnected(&sensor);
    else if (!strcmp(what, "mtu")) bip_set_mtu(&sensor, (uint16_t)number(words[1]));
    else if (!strcmp(what, "notify")) bip_set_notify(&sensor, number(words[1]) != 0);
    else if (!strcmp(what, "clock")) clock_us = strtoull(words[1], NULL, 10);
    else if (!strcmp(what, "lose")) bip_lose(&sensor, (uint32_t)number(words[1]));
    else if (!strcmp(what, "absent")) imu_absent = number(words[1]) != 0;
    else return false;
    puts("ok");
    return true;
}

int main(void)
{
    static char line[LINE_MAX_LEN];
    char *words[WORDS_MAX];
    int count;

    reset("1");
    while (next_line(line, words, &count)) {
        if (!count || change(words[0], words))
            continue;
        if (!strcmp(words[0], "push")) push(words);
        else if (!strcmp(words[0], "write")) write_control(words[1]);
        else if (!strcmp(words[0], "answer")) take(bip_take_answer, BIP_ANSWER_MAX);
        else if (!strcmp(words[0], "packet")) take(bip_take_packet, BIP_VALUE_MAX);
        else if (!strcmp(words[0], "config")) tell_config();
        else if (!strcmp(words[0], "counts"))
            printf("%u %u %u %u\n", started, stopped, identified, (unsigned)sensor.dropped);
        else puts("?");
        fflush(stdout);
    }
    free(slots);
    return 0;
}
