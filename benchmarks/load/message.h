#ifndef LOAD_MESSAGE_H
#define LOAD_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

// A message: filler, eight hex digits of the connection, eight of its sequence number, '\n'; cut from the left to its size.
// It has no other '\n'. A message of one byte is the last digit alone.
#define MESSAGE_DIGITS 16

// Writes the filler of `count` messages, once; message_number then changes the digits only.
void message_fill(char *messages, size_t size, size_t count);

void message_number(char *message, size_t size, uint32_t connection, uint64_t sequence);

// The byte before the newline.
unsigned char message_last_byte(uint64_t sequence);

#endif
