#include "att.h"

#include <string.h>

/* Bluetooth Core Specification 5.4, Vol 3 Part F (ATT) and Part G (GATT); 16-bit UUIDs: Assigned Numbers. */
enum {
    ATT_ERROR = 0x01,
    ATT_MTU_REQUEST = 0x02,
    ATT_MTU_RESPONSE = 0x03,
    ATT_FIND_INFORMATION = 0x04,
    ATT_FIND_BY_VALUE = 0x06,
    ATT_READ_BY_TYPE = 0x08,
    ATT_READ = 0x0A,
    ATT_READ_BLOB = 0x0C,
    ATT_READ_BY_GROUP = 0x10,
    ATT_WRITE = 0x12,
    ATT_NOTIFICATION = 0x1B,
    ATT_INDICATION = 0x1D,
    ATT_CONFIRMATION = 0x1E
};

enum {
    ERROR_INVALID_HANDLE = 0x01,
    ERROR_READ_NOT_PERMITTED = 0x02,
    ERROR_WRITE_NOT_PERMITTED = 0x03,
    ERROR_INVALID_PDU = 0x04,
    ERROR_NOT_SUPPORTED = 0x06,
    ERROR_INVALID_OFFSET = 0x07,
    ERROR_NOT_FOUND = 0x0A,
    ERROR_BAD_LENGTH = 0x0D,
    ERROR_UNSUPPORTED_GROUP = 0x10,
    ERROR_NOT_SUBSCRIBED = 0xFD
};

enum {
    TYPE_SERVICE = 0x2800,
    TYPE_CHARACTERISTIC = 0x2803,
    TYPE_SUBSCRIPTION = 0x2902,
    GAP = 0x1800,
    DEVICE_NAME = 0x2A00,
    BATTERY = 0x180F,
    BATTERY_LEVEL = 0x2A19,
    DEVICE_INFORMATION = 0x180A,
    MODEL = 0x2A24,
    FIRMWARE = 0x2A26,
    MANUFACTURER = 0x2A29
};

enum { CAN_READ = 0x02, CAN_WRITE = 0x08, CAN_NOTIFY = 0x10, CAN_INDICATE = 0x20 };

#define ANSWER_OPCODE(request) ((uint8_t)((request) + 1))
#define COMMAND_BIT 0x40u
#define NAME_MAX 24u
#define VALUE_MAX 32u /* longest attribute value: the configuration has 24 bytes */

/* An attribute; its handle is its place, from 1. A declaration names what it declares by `uuid` or `uuid128`. */
typedef struct {
    uint16_t type; /* 0: a value, whose type is its UUID */
    uint8_t can;
    uint16_t uuid;
    const uint8_t *uuid128;
} attribute;

enum {
    H_NAME = 3,
    H_DATA = 6,
    H_DATA_SUBSCRIPTION = 7,
    H_CONTROL = 9,
    H_CONTROL_SUBSCRIPTION = 10,
    H_CONFIG = 12,
    H_BATTERY = 15,
    H_MANUFACTURER = 18,
    H_MODEL = 20,
    H_FIRMWARE = 22
};

static const attribute TABLE[] = {
    {TYPE_SERVICE, 0, GAP, NULL},
    {TYPE_CHARACTERISTIC, CAN_READ, DEVICE_NAME, NULL},
    {0, CAN_READ, DEVICE_NAME, NULL},
    {TYPE_SERVICE, 0, 0, BIP_SERVICE_UUID},
    {TYPE_CHARACTERISTIC, CAN_NOTIFY, 0, BIP_DATA_UUID},
    {0, CAN_NOTIFY, 0, BIP_DATA_UUID},
    {TYPE_SUBSCRIPTION, CAN_READ | CAN_WRITE, 0, NULL},
    {TYPE_CHARACTERISTIC, CAN_WRITE | CAN_INDICATE, 0, BIP_CONTROL_UUID},
    {0, CAN_WRITE | CAN_INDICATE, 0, BIP_CONTROL_UUID},
    {TYPE_SUBSCRIPTION, CAN_READ | CAN_WRITE, 0, NULL},
    {TYPE_CHARACTERISTIC, CAN_READ, 0, BIP_CONFIG_UUID},
    {0, CAN_READ, 0, BIP_CONFIG_UUID},
    {TYPE_SERVICE, 0, BATTERY, NULL},
    {TYPE_CHARACTERISTIC, CAN_READ, BATTERY_LEVEL, NULL},
    {0, CAN_READ, BATTERY_LEVEL, NULL},
    {TYPE_SERVICE, 0, DEVICE_INFORMATION, NULL},
    {TYPE_CHARACTERISTIC, CAN_READ, MANUFACTURER, NULL},
    {0, CAN_READ, MANUFACTURER, NULL},
    {TYPE_CHARACTERISTIC, CAN_READ, MODEL, NULL},
    {0, CAN_READ, MODEL, NULL},
    {TYPE_CHARACTERISTIC, CAN_READ, FIRMWARE, NULL},
    {0, CAN_READ, FIRMWARE, NULL},
};
#define HANDLES ((uint16_t)(sizeof TABLE / sizeof *TABLE))

static const attribute *at(uint16_t handle)
{
    return &TABLE[handle - 1];
}

static bool exists(uint16_t handle)
{
    return handle >= 1 && handle <= HANDLES;
}

static size_t put_uuid(const attribute *item, uint8_t *out)
{
    if (item->uuid128) {
        memcpy(out, item->uuid128, 16);
        return 16;
    }
    bip_put16(out, item->uuid);
    return 2;
}

static size_t put_type(uint16_t handle, uint8_t *out)
{
    if (!at(handle)->type)
        return put_uuid(at(handle), out);
    bip_put16(out, at(handle)->type);
    return 2;
}

static size_t put_text(const char *text, uint8_t *out)
{
    size_t len = 0;
    while (text[len] && len < NAME_MAX) {
        out[len] = (uint8_t)text[len];
        len++;
    }
    return len;
}

static size_t put_number(uint16_t number, uint8_t *out)
{
    bip_put16(out, number);
    return 2;
}

static size_t put_value(const att_server *server, uint16_t handle, uint8_t out[VALUE_MAX])
{
    const attribute *item = at(handle);

    if (item->type == TYPE_SERVICE)
        return put_uuid(item, out);
    if (item->type == TYPE_CHARACTERISTIC) {
        out[0] = item->can;
        bip_put16(out + 1, (uint16_t)(handle + 1));
        return 3 + put_uuid(item, out + 3);
    }
    switch (handle) {
    case H_NAME: return put_text(server->identity->name, out);
    case H_DATA_SUBSCRIPTION: return put_number(server->data_subscription, out);
    case H_CONTROL_SUBSCRIPTION: return put_number(server->control_subscription, out);
    case H_CONFIG: bip_read_config(server->sensor, out); return BIP_CONFIG_LEN;
    case H_BATTERY: out[0] = server->battery_pct; return 1;
    case H_MANUFACTURER: return put_text(server->identity->manufacturer, out);
    case H_MODEL: return put_text(server->identity->model, out);
    case H_FIRMWARE: return put_text(server->identity->firmware, out);
    default: return 0;
    }
}

static bool can_read(uint16_t handle)
{
    return at(handle)->type == TYPE_SERVICE || at(handle)->type == TYPE_CHARACTERISTIC ||
           at(handle)->can & CAN_READ;
}

static uint16_t group_end(uint16_t handle)
{
    while (handle < HANDLES && at((uint16_t)(handle + 1))->type != TYPE_SERVICE)
        handle++;
    return handle;
}

static size_t refuse(uint8_t opcode, uint16_t handle, uint8_t error, uint8_t *out)
{
    out[0] = ATT_ERROR;
    out[1] = opcode;
    bip_put16(out + 2, handle);
    out[4] = error;
    return 5;
}

/* Discovery: each takes a request of a checked length, with a checked range `start` to `end`. */

static size_t find_information(const att_server *server, uint16_t start, uint16_t end, uint8_t *out)
{
    uint8_t type[16];
    size_t len = 2, size, first_size = 0;
    uint16_t handle;

    for (handle = start; handle <= end && handle <= HANDLES; handle++) {
        size = put_type(handle, type);
        if ((first_size && size != first_size) || len + 2 + size > server->mtu)
            break;
        first_size = size;
        bip_put16(out + len, handle);
        memcpy(out + len + 2, type, size);
        len += 2 + size;
    }
    out[0] = ATT_FIND_INFORMATION + 1;
    out[1] = first_size == 2 ? 1 : 2;
    return len > 2 ? len : 0;
}

static size_t find_by_value(const att_server *server, const uint8_t *pdu, size_t pdu_len, uint8_t *out)
{
    const uint16_t end = bip_get16(pdu + 3), type = bip_get16(pdu + 5);
    uint8_t value[VALUE_MAX];
    uint16_t handle;
    size_t len = 1;

    for (handle = bip_get16(pdu + 1); handle <= end && handle <= HANDLES; handle++) {
        if (at(handle)->type != TYPE_SERVICE || type != TYPE_SERVICE || len + 4 > server->mtu)
            continue;
        if (put_value(server, handle, value) != pdu_len - 7 || memcmp(value, pdu + 7, pdu_len - 7) != 0)
            continue;
        bip_put16(out + len, handle);
        bip_put16(out + len + 2, group_end(handle));
        len += 4;
    }
    out[0] = ATT_FIND_BY_VALUE + 1;
    return len > 1 ? len : 0;
}

/* Read By Type and Read By Group Type: values of one length, each after its handle (and its group's end). */
static size_t read_by_type(const att_server *server, const uint8_t *pdu, size_t pdu_len, uint8_t *out)
{
    const uint16_t end = bip_get16(pdu + 3);
    const size_t head = pdu[0] == ATT_READ_BY_GROUP ? 4 : 2;
    uint8_t type[16], value[VALUE_MAX];
    size_t len = 2, size, first_size = 0;
    uint16_t handle;

    for (handle = bip_get16(pdu + 1); handle <= end && handle <= HANDLES; handle++) {
        size = put_type(handle, type);
        if (size != pdu_len - 5 || memcmp(type, pdu + 5, size) != 0 || !can_read(handle))
            continue;
        size = put_value(server, handle, value);
        if (!first_size && size > server->mtu - 2u - head)
            size = server->mtu - 2u - head; /* the rest comes by long read */
        if ((first_size && size != first_size) || len + head + size > server->mtu)
            break;
        first_size = size;
        bip_put16(out + len, handle);
        if (head == 4)
            bip_put16(out + len + 2, group_end(handle));
        memcpy(out + len + head, value, size);
        len += head + size;
    }
    out[0] = ANSWER_OPCODE(pdu[0]);
    out[1] = (uint8_t)(head + first_size);
    return len > 2 ? len : 0;
}

static size_t discover(const att_server *server, const uint8_t *pdu, size_t len, uint8_t *out)
{
    const size_t uuid_len = len >= 5 ? len - 5 : 0;
    const bool by_type = pdu[0] == ATT_READ_BY_TYPE || pdu[0] == ATT_READ_BY_GROUP;
    uint16_t start;
    size_t answer;

    if (len < 5 || (pdu[0] == ATT_FIND_INFORMATION && uuid_len) || (pdu[0] == ATT_FIND_BY_VALUE && len < 7) ||
        (by_type && uuid_len != 2 && uuid_len != 16))
        return refuse(pdu[0], 0, ERROR_INVALID_PDU, out);
    start = bip_get16(pdu + 1);
    if (!start || start > bip_get16(pdu + 3))
        return refuse(pdu[0], start, ERROR_INVALID_HANDLE, out);
    if (pdu[0] == ATT_READ_BY_GROUP && (uuid_len != 2 || bip_get16(pdu + 5) != TYPE_SERVICE))
        return refuse(pdu[0], start, ERROR_UNSUPPORTED_GROUP, out);
    if (by_type)
        answer = read_by_type(server, pdu, len, out);
    else if (pdu[0] == ATT_FIND_BY_VALUE)
        answer = find_by_value(server, pdu, len, out);
    else
        answer = find_information(server, start, bip_get16(pdu + 3), out);
    return answer ? answer : refuse(pdu[0], start, ERROR_NOT_FOUND, out);
}

static size_t read_value(const att_server *server, const uint8_t *pdu, size_t len, uint8_t *out)
{
    const bool blob = pdu[0] == ATT_READ_BLOB;
    uint8_t value[VALUE_MAX];
    uint16_t handle;
    size_t offset, size;

    if (len != (blob ? 5u : 3u))
        return refuse(pdu[0], 0, ERROR_INVALID_PDU, out);
    handle = bip_get16(pdu + 1);
    if (!exists(handle))
        return refuse(pdu[0], handle, ERROR_INVALID_HANDLE, out);
    if (!can_read(handle))
        return refuse(pdu[0], handle, ERROR_READ_NOT_PERMITTED, out);
    offset = blob ? bip_get16(pdu + 3) : 0;
    size = put_value(server, handle, value);
    if (offset > size)
        return refuse(pdu[0], handle, ERROR_INVALID_OFFSET, out);
    size -= offset;
    if (size > server->mtu - 1u)
        size = server->mtu - 1u;
    out[0] = ANSWER_OPCODE(pdu[0]);
    memcpy(out + 1, value + offset, size);
    return 1 + size;
}

/* Carry out a write; returns 0 or an error. */
static uint8_t write_value(att_server *server, uint16_t handle, const uint8_t *value, size_t len)
{
    if (!exists(handle))
        return ERROR_INVALID_HANDLE;
    if (!(at(handle)->can & CAN_WRITE) || at(handle)->type == TYPE_CHARACTERISTIC)
        return ERROR_WRITE_NOT_PERMITTED;
    if (handle == H_CONTROL) {
        if (!(server->control_subscription & 2u))
            return ERROR_NOT_SUBSCRIBED;
        return (uint8_t)bip_write(server->sensor, value, len);
    }
    if (len != 2)
        return ERROR_BAD_LENGTH;
    if (handle == H_CONTROL_SUBSCRIPTION) {
        server->control_subscription = bip_get16(value) & 2u;
        return 0;
    }
    server->data_subscription = bip_get16(value) & 1u;
    bip_set_notify(server->sensor, server->data_subscription != 0);
    return 0;
}

static size_t exchange_mtu(att_server *server, const uint8_t *pdu, size_t len, uint8_t *out)
{
    uint16_t mtu;

    if (len != 3)
        return refuse(pdu[0], 0, ERROR_INVALID_PDU, out);
    mtu = bip_get16(pdu + 1);
    if (mtu > server->mtu_max)
        mtu = server->mtu_max;
    if (mtu > server->mtu) /* a running stream relies on it: it never shrinks */
        server->mtu = mtu;
    bip_set_mtu(server->sensor, server->mtu);
    out[0] = ATT_MTU_RESPONSE;
    bip_put16(out + 1, server->mtu_max);
    return 3;
}

void att_init(att_server *server, bip_sensor *sensor, const att_identity *identity)
{
    memset(server, 0, sizeof *server);
    server->sensor = sensor;
    server->identity = identity;
    server->battery_pct = 100;
    server->mtu_max = identity->mtu_max < BIP_MTU_MIN ? BIP_MTU_MIN : identity->mtu_max;
    server->mtu = BIP_MTU_MIN;
}

void att_connected(att_server *server)
{
    att_disconnected(server);
    bip_connected(server->sensor);
}

void att_disconnected(att_server *server)
{
    server->mtu = BIP_MTU_MIN;
    server->data_subscription = server->control_subscription = 0;
    server->confirming = false;
    bip_disconnected(server->sensor);
}

size_t att_receive(att_server *server, const uint8_t *pdu, size_t len, uint8_t out[ATT_MTU_MAX])
{
    uint8_t error;

    if (!len)
        return 0;
    switch (pdu[0]) {
    case ATT_MTU_REQUEST: return exchange_mtu(server, pdu, len, out);
    case ATT_FIND_INFORMATION:
    case ATT_FIND_BY_VALUE:
    case ATT_READ_BY_TYPE:
    case ATT_READ_BY_GROUP: return discover(server, pdu, len, out);
    case ATT_READ:
    case ATT_READ_BLOB: return read_value(server, pdu, len, out);
    case ATT_WRITE:
        if (len < 3)
            return refuse(pdu[0], 0, ERROR_INVALID_PDU, out);
        error = write_value(server, bip_get16(pdu + 1), pdu + 3, len - 3);
        out[0] = ANSWER_OPCODE(pdu[0]);
        return error ? refuse(pdu[0], bip_get16(pdu + 1), error, out) : 1;
    case ATT_CONFIRMATION: server->confirming = false; return 0;
    default: /* a command is not answered, known or not; ours are written with response */
        return pdu[0] & COMMAND_BIT ? 0 : refuse(pdu[0], 0, ERROR_NOT_SUPPORTED, out);
    }
}

size_t att_next(att_server *server, uint8_t out[ATT_MTU_MAX])
{
    uint8_t answer[BIP_ANSWER_MAX];
    size_t len = 0;

    if (!server->confirming && (len = bip_take_answer(server->sensor, answer)) != 0) {
        server->confirming = true;
        out[0] = ATT_INDICATION;
        bip_put16(out + 1, H_CONTROL);
        memcpy(out + BIP_ATT_HEADER_LEN, answer, len);
        return BIP_ATT_HEADER_LEN + len;
    }
    len = bip_take_packet(server->sensor, out + BIP_ATT_HEADER_LEN);
    if (!len)
        return 0;
    out[0] = ATT_NOTIFICATION;
    bip_put16(out + 1, H_DATA);
    return BIP_ATT_HEADER_LEN + len;
}
