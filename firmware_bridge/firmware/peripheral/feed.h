/* An IMU that is not there: gives the profile rows of recorded samples, each at its time on the device's clock.
 *
 * As a chip with a FIFO does: what the queue cannot take waits, and what waits too long is lost and counted. The
 * lift begins with the first START and goes on whether or not anyone listens, as a lifter does.
 */
#ifndef FEED_H
#define FEED_H

#include "bip_sensor.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FEED_ROW_LEN 12u /* acc x y z, gyro x y z: int16, little-endian */

typedef struct {
    const uint8_t *rows;
    uint32_t count;
    bip_settings settings; /* at which the rows were measured; gyr_range_dps 0: without gyroscope */
    uint32_t fifo;         /* rows that wait for the queue before the oldest are lost */
    uint64_t started_us;
    uint32_t next; /* row that is due next */
    bool lifting;
} feed;

/* Begin; `rows` stay the caller's. The rest of the fields are set to 0. */
void feed_init(feed *source, const uint8_t *rows, uint32_t count, const bip_settings *settings, uint32_t fifo);

/* For bip_port: what was measured once cannot be measured otherwise. */
void feed_settle(const feed *source, bip_settings *settings, bip_scales *scales);
void feed_start(feed *source, uint64_t now_us);

/* Hand the sensor the rows that are due. */
void feed_run(feed *source, bip_sensor *sensor, uint64_t now_us);

#ifdef __cplusplus
}
#endif
#endif
