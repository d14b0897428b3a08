/* ST LSM6DSL, LSM6DS3TR-C (0x6A), LSM6DSO and LSM6DSOX (0x6C).
 *
 * Registers from ST's data sheets LSM6DS3TR-C (DocID030071) and LSM6DSOX (DS12814), checked against the
 * register headers that ST publishes. The older LSM6DS3 (0x69) is refused: it has no pulsed data-ready, so
 * that samples which were not read could not be counted. Not run on hardware.
 */
#include "imu.h"

enum {
    INT1_DATA_READY_MODE = 0x0B, /* DRDY_PULSE_CFG_G, or COUNTER_BDR_REG1 of the DSO(X) */
    INT1_CTRL = 0x0D,
    WHO_AM_I = 0x0F,
    CTRL1_XL = 0x10,
    CTRL2_G = 0x11,
    CTRL3_C = 0x12,
    CTRL9_XL = 0x18,
    OUTX_L_G = 0x22, /* gyro x y z, then acc x y z, low bytes first */
    OUTX_L_XL = 0x28
};

enum { LSM6DS3TR_C = 0x6A, LSM6DSOX = 0x6C };

enum {
    DATA_READY_PULSED = 0x80, /* a short pulse a sample, read or not */
    INT1_ON_ACC_READY = 0x01,
    CTRL3_RESET = 0x01,
    CTRL3_INCREMENT = 0x04,
    CTRL3_BLOCK_UPDATE = 0x40, /* a sample's bytes never mix with the next one's */
    CTRL9_NO_I3C = 0xE2        /* LSM6DSO(X): the reset value 0xE0 with I3C off, as ST advises on I2C and SPI */
};

#define RESET_TRIES 20u
#define RESET_POLL_US 1000u
#define SETTLING_US 100000u /* the gyroscope's turn-on time is 70 to 80 ms on the slower of them */

/* Sensitivities are proportional to the range in these families: 0.061 mg at 2 g, 4.375 mdps at 125 dps. */
#define MPS2_PER_LSB_PER_G (0.0305e-3 * 9.80665)
#define RADPS_PER_LSB_PER_DPS (0.035e-3 * 3.14159265358979323846 / 180.0)

static const uint32_t RATES_MILLIHZ[] = {12500, 26000, 52000, 104000, 208000, 416000, 833000, 1666000};
static const uint16_t ACC_RANGES_G[] = {2, 4, 8, 16};
static const uint8_t ACC_RANGE_BITS[] = {0x00, 0x08, 0x0C, 0x04};
static const uint16_t GYR_RANGES_DPS[] = {125, 250, 500, 1000, 2000};
static const uint8_t GYR_RANGE_BITS[] = {0x02, 0x00, 0x04, 0x08, 0x0C};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool reset(const imu_bus *bus)
{
    uint8_t value = CTRL3_RESET;
    unsigned tries;

    if (!imu_write8(bus, CTRL3_C, CTRL3_RESET))
        return false;
    for (tries = 0; value & CTRL3_RESET; tries++) {
        if (tries == RESET_TRIES)
            return false;
        bus->wait_us(bus->ctx, RESET_POLL_US);
        if (!imu_read8(bus, CTRL3_C, &value))
            return false;
    }
    return true;
}

static bool open_chip(const imu_bus *bus, const uint8_t *blob, size_t blob_len)
{
    uint8_t id;

    (void)blob;
    (void)blob_len;
    if (!imu_read8(bus, WHO_AM_I, &id) || (id != LSM6DS3TR_C && id != LSM6DSOX))
        return false;
    return reset(bus) && imu_write8(bus, CTRL3_C, CTRL3_INCREMENT | CTRL3_BLOCK_UPDATE) &&
           (id != LSM6DSOX || imu_write8(bus, CTRL9_XL, CTRL9_NO_I3C)) &&
           imu_write8(bus, INT1_DATA_READY_MODE, DATA_READY_PULSED);
}

static void settle(bip_settings *settings, bip_scales *scales)
{
    const size_t acc = imu_range_for(ACC_RANGES_G, COUNT(ACC_RANGES_G), settings->acc_range_g);
    const size_t gyr = imu_range_for(GYR_RANGES_DPS, COUNT(GYR_RANGES_DPS), settings->gyr_range_dps);

    settings->rate_millihz =
        RATES_MILLIHZ[imu_nearest_rate(RATES_MILLIHZ, COUNT(RATES_MILLIHZ), settings->rate_millihz)];
    settings->acc_range_g = ACC_RANGES_G[acc];
    settings->gyr_range_dps = settings->gyr_range_dps ? GYR_RANGES_DPS[gyr] : 0;
    scales->acc_mps2 = (float)(MPS2_PER_LSB_PER_G * settings->acc_range_g);
    scales->gyr_radps = (float)(RADPS_PER_LSB_PER_DPS * settings->gyr_range_dps);
}

static bool stop(const imu_bus *bus)
{
    const bool quiet = imu_write8(bus, INT1_CTRL, 0);
    return imu_write8(bus, CTRL1_XL, 0) && imu_write8(bus, CTRL2_G, 0) && quiet;
}

static bool start(const imu_bus *bus, const bip_settings *settings)
{
    const size_t rate = imu_nearest_rate(RATES_MILLIHZ, COUNT(RATES_MILLIHZ), settings->rate_millihz);
    const size_t acc = imu_range_for(ACC_RANGES_G, COUNT(ACC_RANGES_G), settings->acc_range_g);
    const size_t gyr = imu_range_for(GYR_RANGES_DPS, COUNT(GYR_RANGES_DPS), settings->gyr_range_dps);
    const uint8_t rate_bits = (uint8_t)((rate + 1) << 4);
    const uint8_t gyr_bits = settings->gyr_range_dps ? (uint8_t)(rate_bits | GYR_RANGE_BITS[gyr]) : 0;

    return imu_write8(bus, CTRL2_G, gyr_bits) &&
           imu_write8(bus, CTRL1_XL, (uint8_t)(rate_bits | ACC_RANGE_BITS[acc])) &&
           imu_write8(bus, INT1_CTRL, INT1_ON_ACC_READY);
}

static bool read_sample(const imu_bus *bus, bip_sample *sample)
{
    uint8_t raw[12];

    if (!bus->read(bus->ctx, OUTX_L_G, raw, sizeof raw))
        return false;
    imu_axes(raw, sample->gyr);
    imu_axes(raw + (OUTX_L_XL - OUTX_L_G), sample->acc);
    return true;
}

const imu_driver LSM6_DRIVER = {"LSM6", SETTLING_US, open_chip, settle, start, read_sample, stop};
