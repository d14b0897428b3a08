#ifndef STUB_GPIO_H
#define STUB_GPIO_H
#include <zephyr/kernel.h>
#define DT_NODELABEL(label) #label
#define DT_ALIAS(alias) #alias
struct device { const char *name; };
struct gpio_dt_spec { const struct device *port; uint8_t pin; uint16_t dt_flags; };
#define GPIO_DT_SPEC_GET(node, property) {NULL, 0, sizeof(node #property)}
#define GPIO_INPUT 1u
#define GPIO_OUTPUT_INACTIVE 2u
#define GPIO_INT_EDGE_TO_ACTIVE 4u
struct gpio_callback;
typedef void (*gpio_callback_handler_t)(const struct device *port, struct gpio_callback *callback, uint32_t pins);
struct gpio_callback { gpio_callback_handler_t handler; uint32_t pin_mask; };
bool gpio_is_ready_dt(const struct gpio_dt_spec *spec);
int gpio_pin_configure_dt(const struct gpio_dt_spec *spec, uint32_t extra_flags);
int gpio_pin_interrupt_configure_dt(const struct gpio_dt_spec *spec, uint32_t flags);
int gpio_pin_set_dt(const struct gpio_dt_spec *spec, int value);
void gpio_init_callback(struct gpio_callback *callback, gpio_callback_handler_t handler, uint32_t pin_mask);
int gpio_add_callback(const struct device *port, struct gpio_callback *callback);
#endif
