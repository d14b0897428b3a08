/* A GATT server of the open barbell profile over ATT: protocol bytes in, protocol bytes out, no I/O.
 *
 * As little as the profile needs: discovery, reads, long reads, writes, subscriptions. No pairing, one client.
 * For boards whose radio is a bare HCI controller, and for the tests; a vendor's stack has a server of its own.
 */
#ifndef ATT_H
#define ATT_H

#include "bip_sensor.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ATT_MTU_MAX 247u

typedef struct {
    const char *name; /* at most 24 characters are shown */
    const char *manufacturer;
    const char *model;
    const char *firmware;
    uint16_t mtu_max; /* 23 to ATT_MTU_MAX */
} att_identity;

typedef struct {
    bip_sensor *sensor;
    const att_identity *identity;
    uint8_t battery_pct;
    uint16_t mtu_max; /* offered; a controller with little room lowers it */
    uint16_t mtu;     /* of this connection */
    uint16_t data_subscription;    /* 1: notifications */
    uint16_t control_subscription; /* 2: indications */
    bool confirming;               /* an indication waits for its confirmation */
} att_server;

/* `sensor` and `identity` stay the caller's and must outlive the server. */
void att_init(att_server *server, bip_sensor *sensor, const att_identity *identity);

void att_connected(att_server *server);
void att_disconnected(att_server *server);

/* A PDU came, whatever its bytes. Writes what answers it at once into `out` and returns its length, 0 for none. */
size_t att_receive(att_server *server, const uint8_t *pdu, size_t len, uint8_t out[ATT_MTU_MAX]);

/* The next indication or notification; returns its length, 0 for none. Call it only while the radio has room. */
size_t att_next(att_server *server, uint8_t out[ATT_MTU_MAX]);

#ifdef __cplusplus
}
#endif
#endif
