#ifndef STUB_I2C_H
#define STUB_I2C_H
#include <zephyr/drivers/gpio.h>
struct i2c_dt_spec { const struct device *bus; uint16_t addr; };
#define I2C_DT_SPEC_GET(node) {NULL, sizeof(node)}
bool i2c_is_ready_dt(const struct i2c_dt_spec *spec);
int i2c_burst_read_dt(const struct i2c_dt_spec *spec, uint8_t start_addr, uint8_t *buf, uint32_t num_bytes);
int i2c_burst_write_dt(const struct i2c_dt_spec *spec, uint8_t start_addr, const uint8_t *buf, uint32_t num_bytes);
#endif
