/* Bosch BMI270.
 *
 * Registers from Bosch's data sheet BST-BMI270-DS000, checked against the driver in Zephyr. The chip does not
 * measure before it has been given Bosch's configuration file (8 kB, BSD-3-Clause, in Bosch's BMI270_SensorAPI as
 * bmi270_config_file): it is the maker's to add, and not part of this project. Not run on hardware; the length
 * of the unlatched data-ready pulse is not verified. The gyroscope's cross-axis term (GYR_CAS) is not applied.
 */
#include "imu.h"

enum {
    CHIP_ID = 0x00,
    ACC_X_LSB = 0x0C, /* acc x y z, then gyro x y z, low bytes first */
    GYR_X_LSB = 0x12,
    INTERNAL_STATUS = 0x21,
    ACC_CONF = 0x40,
    ACC_RANGE = 0x41,
    GYR_CONF = 0x42,
    GYR_RANGE = 0x43,
    INT1_IO_CTRL = 0x53,
    INT_LATCH = 0x55,
    INT_MAP_DATA = 0x58,
    INIT_CTRL = 0x59,
    INIT_ADDR_0 = 0x5B,
    INIT_DATA = 0x5E,
    PWR_CONF = 0x7C,
    PWR_CTRL = 0x7D,
    CMD = 0x7E
};

enum {
    BMI270_ID = 0x24,
    CMD_SOFT_RESET = 0xB6,
    STATUS_MASK = 0x0F,
    STATUS_INIT_OK = 0x01,
    ACC_FILTER_NORMAL = 0xA0, /* performance filter, normal bandwidth */
    GYR_FILTER_NORMAL = 0xE0, /* the same, low noise */
    POWER_GYR = 0x02,
    POWER_ACC = 0x04,
    INT1_PUSH_PULL_HIGH = 0x0A, /* output on, active high */
    INT1_DATA_READY = 0x04,
    LOWEST_RATE_CODE = 6 /* 25 Hz; each next code doubles the rate */
};

#define RESET_US 2000u
#define LEAVE_POWER_SAVE_US 450u
#define INIT_POLL_US 10000u
#define INIT_TRIES 15u
#define CHUNK 32u /* bytes a write: what every I2C port can do. Even, as the upload counts in 16-bit words. */
#define SETTLING_US 60000u /* the gyroscope's start-up from suspend takes 45 ms */

static const uint32_t RATES_MILLIHZ[] = {25000, 50000, 100000, 200000, 400000, 800000, 1600000};
static const uint16_t ACC_RANGES_G[] = {2, 4, 8, 16};                  /* code: place */
static const uint16_t GYR_RANGES_DPS[] = {125, 250, 500, 1000, 2000}; /* code: 4 - place */

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* The upload's address, in 16-bit words, goes in two registers: the low 4 bits, then the rest. */
static bool upload(const imu_bus *bus, const uint8_t *blob, size_t blob_len)
{
    size_t at, len;
    uint8_t address[2];

    for (at = 0; at < blob_len; at += CHUNK) {
        len = blob_len - at < CHUNK ? blob_len - at : CHUNK;
        address[0] = (uint8_t)((at / 2) & 0x0F);
        address[1] = (uint8_t)((at / 2) >> 4);
        if (!bus->write(bus->ctx, INIT_ADDR_0, address, sizeof address) ||
            !bus->write(bus->ctx, INIT_DATA, blob + at, len))
            return false;
    }
    return true;
}

static bool initialised(const imu_bus *bus)
{
    uint8_t status = 0;
    unsigned tries;

    for (tries = 0; tries < INIT_TRIES; tries++) {
        bus->wait_us(bus->ctx, INIT_POLL_US);
        if (!imu_read8(bus, INTERNAL_STATUS, &status))
            return false;
        if ((status & STATUS_MASK) == STATUS_INIT_OK)
            return true;
    }
    return false;
}

static bool open_chip(const imu_bus *bus, const uint8_t *blob, size_t blob_len)
{
    uint8_t id = 0;

    /* The first read after power-up only switches the chip to SPI, and means nothing there. */
    (void)imu_read8(bus, CHIP_ID, &id);
    if (!blob || !blob_len || !imu_read8(bus, CHIP_ID, &id) || id != BMI270_ID)
        return false;
    if (!imu_write8(bus, CMD, CMD_SOFT_RESET))
        return false;
    bus->wait_us(bus->ctx, RESET_US);
    (void)imu_read8(bus, CHIP_ID, &id);
    if (!imu_write8(bus, PWR_CONF, 0))
        return false;
    bus->wait_us(bus->ctx, LEAVE_POWER_SAVE_US);
    return imu_write8(bus, INIT_CTRL, 0) && upload(bus, blob, blob_len) && imu_write8(bus, INIT_CTRL, 1) &&
           initialised(bus) && imu_write8(bus, INT1_IO_CTRL, INT1_PUSH_PULL_HIGH) &&
           imu_write8(bus, INT_LATCH, 0);
}

static void settle(bip_settings *settings, bip_scales *scales)
{
    const size_t acc = imu_range_for(ACC_RANGES_G, COUNT(ACC_RANGES_G), settings->acc_range_g);
    const size_t gyr = imu_range_for(GYR_RANGES_DPS, COUNT(GYR_RANGES_DPS), settings->gyr_range_dps);

    settings->rate_millihz =
        RATES_MILLIHZ[imu_nearest_rate(RATES_MILLIHZ, COUNT(RATES_MILLIHZ), settings->rate_millihz)];
    settings->acc_range_g = ACC_RANGES_G[acc];
    settings->gyr_range_dps = settings->gyr_range_dps ? GYR_RANGES_DPS[gyr] : 0;
    *scales = bip_nominal_scales(settings); /* full scale is exactly the range in this chip */
}

static bool stop(const imu_bus *bus)
{
    const bool quiet = imu_write8(bus, INT_MAP_DATA, 0);
    return imu_write8(bus, PWR_CTRL, 0) && quiet;
}

static bool start(const imu_bus *bus, const bip_settings *settings)
{
    const size_t rate = imu_nearest_rate(RATES_MILLIHZ, COUNT(RATES_MILLIHZ), settings->rate_millihz);
    const size_t acc = imu_range_for(ACC_RANGES_G, COUNT(ACC_RANGES_G), settings->acc_range_g);
    const size_t gyr = imu_range_for(GYR_RANGES_DPS, COUNT(GYR_RANGES_DPS), settings->gyr_range_dps);
    const uint8_t rate_code = (uint8_t)(LOWEST_RATE_CODE + rate);
    const uint8_t power = settings->gyr_range_dps ? POWER_ACC | POWER_GYR : POWER_ACC;

    return imu_write8(bus, ACC_CONF, (uint8_t)(ACC_FILTER_NORMAL | rate_code)) &&
           imu_write8(bus, ACC_RANGE, (uint8_t)acc) &&
           imu_write8(bus, GYR_CONF, (uint8_t)(GYR_FILTER_NORMAL | rate_code)) &&
           imu_write8(bus, GYR_RANGE, (uint8_t)(COUNT(GYR_RANGES_DPS) - 1 - gyr)) &&
           imu_write8(bus, PWR_CTRL, power) && imu_write8(bus, INT_MAP_DATA, INT1_DATA_READY);
}

static bool read_sample(const imu_bus *bus, bip_sample *sample)
{
    uint8_t raw[12];

    if (!bus->read(bus->ctx, ACC_X_LSB, raw, sizeof raw))
        return false;
    imu_axes(raw, sample->acc);
    imu_axes(raw + (GYR_X_LSB - ACC_X_LSB), sample->gyr);
    return true;
}

const imu_driver BMI270_DRIVER = {"BMI270", SETTLING_US, open_chip, settle, start, read_sample, stop};
