/* The IMU drivers on a register file: the tests play the chip's analogue side and the interrupt line. */
#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "imu_pump.h"

enum { LSM6_CTRL3 = 0x12, BMI_STATUS = 0x21, BMI_INIT_CTRL = 0x59, BMI_ADDR = 0x5B, BMI_DATA = 0x5E };
#define UPLOAD_MAX 16384u

static uint8_t registers[256], uploaded[UPLOAD_MAX], blob[UPLOAD_MAX];
static size_t blob_len, upload_end;
static unsigned reset_reads;
static bool deaf;        /* the bus fails */
static int pulse_in_read; /* so many pulses come while a sample is being read */
static uint64_t waited_us;
static const imu_driver *driver;
static imu_pump pump;
static bip_sensor sensor;
static bip_slot slots[64];
static uint64_t clock_us;

static bool is_bmi(void)
{
    return driver == &BMI270_DRIVER;
}

static bool bus_read(void *ctx, uint8_t reg, uint8_t *data, size_t len)
{
    (void)ctx;
    if (deaf)
        return false;
    if (!is_bmi() && reg == LSM6_CTRL3 && registers[reg] & 1u && ++reset_reads == 3) {
        memset(registers + 0x10, 0, 0x10); /* the software reset ends, and has cleared what was set */
        registers[LSM6_CTRL3] = 0x04;
    }
    if (is_bmi() && reg == BMI_STATUS)
        registers[reg] = registers[BMI_INIT_CTRL] == 1 && upload_end == blob_len &&
                         !memcmp(uploaded, blob, blob_len);
    memcpy(data, registers + reg, len);
    for (; len == 12 && pulse_in_read; pulse_in_read--)
        imu_pump_pulse(&pump, (uint32_t)(clock_us += 500));
    return true;
}

static bool bus_write(void *ctx, uint8_t reg, const uint8_t *data, size_t len)
{
    size_t i, at;
    (void)ctx;
    if (deaf)
        return false;
    if (is_bmi() && reg == BMI_DATA) {
        at = 2u * ((size_t)registers[BMI_ADDR + 1] << 4 | (registers[BMI_ADDR] & 0x0Fu));
        if (at == upload_end && at + len <= UPLOAD_MAX) {
            memcpy(uploaded + at, data, len);
            upload_end = at + len;
        }
        return true;
    }
    for (i = 0; i < len; i++)
        registers[reg + i] = data[i];
    return true;
}

static void bus_wait(void *ctx, uint32_t us)
{
    (void)ctx;
    waited_us += us;
}

static const imu_bus BUS = {NULL, bus_read, bus_write, bus_wait};

static uint64_t now_us(void *ctx) { (void)ctx; return clock_us; }
static void settle(void *ctx, bip_settings *settings, bip_scales *scales)
{
    (void)ctx;
    driver->settle(settings, scales);
}
static bool start(void *ctx, const bip_settings *settings)
{
    (void)ctx;
    return imu_pump_start(&pump, settings, (uint32_t)clock_us);
}
static void stop(void *ctx) { (void)ctx; imu_pump_stop(&pump); }
static void identify(void *ctx) { (void)ctx; }
static const bip_port PORT = {NULL, now_us, settle, start, stop, identify};
static const bip_settings DEFAULTS = {200000, 16, 2000, 40};

static void open_chip(const char *kind, const char *hex)
{
    size_t len;
    uint8_t *given = bytes_of(hex, &len);
    bool open;

    driver = strcmp(kind, "bmi270") ? &LSM6_DRIVER : &BMI270_DRIVER;
    memcpy(blob, given, len);
    blob_len = len;
    upload_end = 0;
    reset_reads = 0;
    waited_us = 0;
    open = driver->open(&BUS, given, len);
    imu_pump_init(&pump, driver, &BUS);
    bip_init(&sensor, &PORT, slots, 64, &DEFAULTS);
    bip_set_mtu(&sensor, 247);
    bip_set_notify(&sensor, true);
    printf("%d %llu\n", open, (unsigned long long)waited_us);
    free(given);
}

static void tell_settled(char **words)
{
    bip_settings settings = DEFAULTS;
    bip_scales scales;
    settings.rate_millihz = (uint32_t)number(words[1]);
    settings.acc_range_g = (uint16_t)number(words[2]);
    settings.gyr_range_dps = (uint16_t)number(words[3]);
    driver->settle(&settings, &scales);
    printf("%u %u %u %.9g %.9g\n", (unsigned)settings.rate_millihz, (unsigned)settings.acc_range_g,
           (unsigned)settings.gyr_range_dps, (double)scales.acc_mps2, (double)scales.gyr_radps);
}

static void control(const char *hex)
{
    size_t len;
    uint8_t *request = bytes_of(hex, &len), answer[BIP_ANSWER_MAX];
    (void)bip_write(&sensor, request, len);
    print_bytes(answer, bip_take_answer(&sensor, answer));
    free(request);
}

static void packet(void)
{
    uint8_t out[BIP_VALUE_MAX];
    print_bytes(out, bip_take_packet(&sensor, out));
}

static bool change(char **words)
{
    if (!strcmp(words[0], "set")) registers[number(words[1])] = (uint8_t)number(words[2]);
    else if (!strcmp(words[0], "deaf")) deaf = number(words[1]) != 0;
    else if (!strcmp(words[0], "clock")) clock_us = (uint64_t)number(words[1]);
    else if (!strcmp(words[0], "pulse")) imu_pump_pulse(&pump, (uint32_t)clock_us);
    else if (!strcmp(words[0], "pulse-in-read")) pulse_in_read = (int)number(words[1]);
    else return false;
    puts("ok");
    return true;
}

int main(void)
{
    static char line[LINE_MAX_LEN];
    char *words[WORDS_MAX];
    int count;

    driver = &LSM6_DRIVER;
    while (next_line(line, words, &count)) {
        if (!count || change(words))
            continue;
        if (!strcmp(words[0], "open")) open_chip(words[1], words[2]);
        else if (!strcmp(words[0], "get")) printf("%u\n", registers[number(words[1])]);
        else if (!strcmp(words[0], "settle")) tell_settled(words);
        else if (!strcmp(words[0], "write")) control(words[1]);
        else if (!strcmp(words[0], "run")) printf("%d\n", imu_pump_run(&pump, &sensor));
        else if (!strcmp(words[0], "packet")) packet();
        else puts("?");
    }
    return 0;
}
