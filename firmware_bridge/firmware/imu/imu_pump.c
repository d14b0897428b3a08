#include "imu_pump.h"

#define READ_TRIES 3u /* a bus too slow for the rate must not hold up the main loop */

void imu_pump_init(imu_pump *pump, const imu_driver *driver, const imu_bus *bus)
{
    pump->driver = driver;
    pump->bus = bus;
    pump->pulses = pump->t_us = pump->seen = pump->started_us = 0;
    pump->settling = false;
}

bool imu_pump_start(imu_pump *pump, const bip_settings *settings, uint32_t now_us)
{
    pump->started_us = now_us;
    pump->settling = true;
    pump->seen = pump->pulses;
    return pump->driver->start(pump->bus, settings);
}

void imu_pump_stop(imu_pump *pump)
{
    (void)pump->driver->stop(pump->bus); /* a chip that does not hear is found out at the next start */
}

void imu_pump_pulse(imu_pump *pump, uint32_t now_us)
{
    pump->t_us = now_us;
    pump->pulses++;
}

/* Pulse count and the time of that pulse: read again where an interrupt came in between. */
static uint32_t last_pulse(const imu_pump *pump, uint32_t *t_us)
{
    uint32_t pulses;
    do {
        pulses = pump->pulses;
        *t_us = pump->t_us;
    } while (pulses != pump->pulses);
    return pulses;
}

/* Read the sample of the last pulse. A pulse while the bus was busy leaves it unsure whose sample was read: the
 * newer one is still there. Sets `pulse` to the pulses seen before where there is nothing new. */
static bool read_latest(imu_pump *pump, bip_sample *sample, uint32_t *pulse, uint32_t *t_us)
{
    unsigned tries;
    for (tries = 0; tries < READ_TRIES; tries++) {
        *pulse = last_pulse(pump, t_us);
        if (*pulse == pump->seen)
            return true;
        if (!pump->driver->read(pump->bus, sample))
            return false;
        if (*pulse == pump->pulses)
            return true;
    }
    *pulse = pump->seen;
    return true;
}

bool imu_pump_run(imu_pump *pump, bip_sensor *sensor)
{
    bip_sample sample = {{0, 0, 0}, {0, 0, 0}};
    uint32_t pulse, t_us;

    if (!bip_measuring(sensor)) {
        pump->seen = pump->pulses;
        return true;
    }
    if (!read_latest(pump, &sample, &pulse, &t_us))
        return false;
    if (pulse == pump->seen)
        return true;
    if (pump->settling && t_us - pump->started_us < pump->driver->settling_us) {
        pump->seen = pulse;
        return true;
    }
    if (!pump->settling)
        bip_lose(sensor, pulse - pump->seen - 1);
    pump->settling = false;
    pump->seen = pulse;
    (void)bip_push(sensor, &sample, t_us);
    return true;
}
