#ifndef LOAD_MESSAGE_H
#define LOAD_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

// A message is filler, eight hex digits with the number of the connection, eight with the number of the message, and '\n'. A
// shorter message lacks bytes on the left. The only '\n' is the last byte. A message of one byte is only the last digit.
#define MESSAGE_DIGITS 16

// Writes the filler of `count` messages once. After that, message_number changes only the digits.
void message_fill(char *messages, size_t size, size_t count);

void message_number(char *message, size_t size, uint32_t connection, uint64_t sequence);

// The byte before the newline.
unsigned char message_last_byte(uint64_t sequence);

#endif
