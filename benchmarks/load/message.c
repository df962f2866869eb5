#include "message.h"

#include <endian.h>
#include <string.h>

// Writes eight hex digits at once: the four-bit parts of the value are spread over eight bytes, and the distance from '9' + 1
// to 'a' is added to each byte above 9.
static void write_hex(char *text, uint32_t value) {
  const uint64_t each = 0x0101010101010101;
  uint64_t parts = value;
  parts = (parts | parts << 16) & 0x0000ffff0000ffff;
  parts = (parts | parts << 8) & 0x00ff00ff00ff00ff;
  parts = (parts | parts << 4) & 0x0f0f0f0f0f0f0f0f;
  uint64_t letters = (parts + 6 * each) >> 4 & each;
  uint64_t digits = htobe64(parts + '0' * each + ('a' - '9' - 1) * letters);
  memcpy(text, &digits, sizeof digits);
}

void message_fill(char *messages, size_t size, size_t count) {
  for (size_t index = 0; index < size * count; index++) {
    size_t position = index % size;
    messages[index] = position == size - 1 && size > 1 ? '\n' : (char)('a' + position % 26);
  }
}

void message_number(char *message, size_t size, uint32_t connection, uint64_t sequence) {
  size_t room = size > 1 ? size - 1 : 1;
  if (room >= MESSAGE_DIGITS) {
    write_hex(message + room - 16, connection);
    write_hex(message + room - 8, (uint32_t)sequence);
    return;
  }
  char text[MESSAGE_DIGITS];
  write_hex(text, connection);
  write_hex(text + 8, (uint32_t)sequence);
  memcpy(message, text + MESSAGE_DIGITS - room, room);
}

unsigned char message_last_byte(uint64_t sequence) { return (unsigned char)"0123456789abcdef"[sequence & 15]; }
