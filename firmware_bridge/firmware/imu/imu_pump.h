/* From the data-ready interrupt to the profile: every pulse is one sample, read in time or counted as lost.
 *
 * imu_pump_pulse is for the interrupt; everything else for the main loop. Meant for one core on which a 32-bit load
 * or store is one instruction (Cortex-M): no lock is needed.
 */
#ifndef IMU_PUMP_H
#define IMU_PUMP_H

#include "bip_sensor.h"
#include "imu.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const imu_driver *driver;
    const imu_bus *bus;
    volatile uint32_t pulses; /* written by the interrupt */
    volatile uint32_t t_us;   /* of the last pulse; written by the interrupt */
    uint32_t seen;            /* pulses that were read or counted as lost */
    uint32_t started_us;
    bool settling;
} imu_pump;

/* Begin with an opened chip. `driver` and `bus` stay the caller's. */
void imu_pump_init(imu_pump *pump, const imu_driver *driver, const imu_bus *bus);

/* Start measuring, for bip_port.start. `now_us`: low 32 bits of the port's clock. */
bool imu_pump_start(imu_pump *pump, const bip_settings *settings, uint32_t now_us);

/* Stop measuring, for bip_port.stop. */
void imu_pump_stop(imu_pump *pump);

/* In the data-ready interrupt: stamp and count. */
void imu_pump_pulse(imu_pump *pump, uint32_t now_us);

/* In the main loop, at least once a sample: give the profile what was measured since. Returns false where the
 * bus failed; the samples are then counted as lost when it works again. */
bool imu_pump_run(imu_pump *pump, bip_sensor *sensor);

#ifdef __cplusplus
}
#endif
#endif
