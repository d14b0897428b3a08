/* What a board needs of an inertial sensor chip, whatever its make. Bytes over a bus, no heap, no I/O of its own.
 *
 * A driver is a constant table of functions; the board gives the bus. Registers are read at data-ready: one
 * pulse a sample on the chip's INT1 pin, counted and stamped by the board's interrupt (imu_pump.h).
 */
#ifndef IMU_H
#define IMU_H

#include "bip_wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A register bus (I2C or SPI). Each function returns when the transfer is done; false: no acknowledge.
 * On SPI `read` sets the direction bit and drops the dummy byte that BMI270 sends first. */
typedef struct {
    void *ctx; /* the board's */
    bool (*read)(void *ctx, uint8_t reg, uint8_t *data, size_t len);
    bool (*write)(void *ctx, uint8_t reg, const uint8_t *data, size_t len);
    void (*wait_us)(void *ctx, uint32_t us); /* at least so long */
} imu_bus;

typedef struct {
    const char *name;
    uint32_t settling_us; /* after start: what comes before is the chip waking up, not the bar */

    /* Find the chip, reset it, and leave it quiet. `blob` is the maker's configuration file where the chip
     * needs one (BMI270), else NULL; it is only read from. False: absent, another chip, or it did not start. */
    bool (*open)(const imu_bus *bus, const uint8_t *blob, size_t blob_len);

    /* Change settings to what the chip can do and give the scales: bip_port.settle without the context. */
    void (*settle)(bip_settings *settings, bip_scales *scales);

    /* Measure with settled settings: one pulse on INT1 a sample. */
    bool (*start)(const imu_bus *bus, const bip_settings *settings);

    /* Read the latest sample; the gyroscope's part means nothing where it is off. */
    bool (*read)(const imu_bus *bus, bip_sample *sample);

    /* Power both parts down. */
    bool (*stop)(const imu_bus *bus);
} imu_driver;

extern const imu_driver LSM6_DRIVER;   /* ST LSM6DSL, LSM6DS3TR-C, LSM6DSO, LSM6DSOX */
extern const imu_driver BMI270_DRIVER; /* Bosch BMI270 */

/* For drivers: place of the rate (mHz) nearest to `wanted`, the higher of two as near. `rates` ascend. */
size_t imu_nearest_rate(const uint32_t *rates, size_t count, uint32_t wanted);

/* For drivers: place of the narrowest range that is no narrower than `wanted`, else of the widest. They ascend. */
size_t imu_range_for(const uint16_t *ranges, size_t count, uint16_t wanted);

/* For drivers: one register. */
bool imu_write8(const imu_bus *bus, uint8_t reg, uint8_t value);
bool imu_read8(const imu_bus *bus, uint8_t reg, uint8_t *value);

/* For drivers: three int16, low byte first. */
void imu_axes(const uint8_t *in, int16_t out[3]);

#ifdef __cplusplus
}
#endif
#endif
