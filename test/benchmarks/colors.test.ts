import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { root } from '../support/child.ts';

/** What a colour looks like to a reader: matrices for linear RGB of Machado, Oliveira and Fernandes, 2009, severity 1. */
const BLINDNESS = {
  none: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

/** A variable of the style as linear RGB. */
function colorIn(css: string, name: string): number[] {
  const [, digits = ''] = new RegExp(`--${name}: #([0-9a-f]+);`).exec(css)!;
  const pairs = digits.length === 3 ? Array.from(digits, (digit) => digit + digit) : digits.match(/../g)!;
  return pairs
    .map((pair) => Number.parseInt(pair, 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
}

function seenBy(kind: keyof typeof BLINDNESS, [red = 0, green = 0, blue = 0]: number[]): number[] {
  const matrix = BLINDNESS[kind];
  return [0, 3, 6].map((at) =>
    Math.min(1, Math.max(0, matrix[at]! * red + matrix[at + 1]! * green + matrix[at + 2]! * blue)),
  );
}

/** CIELAB of linear RGB, under D65. */
function lab([red = 0, green = 0, blue = 0]: number[]): number[] {
  const xyz = [
    (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
    0.2126 * red + 0.7152 * green + 0.0722 * blue,
    (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
  ].map((value) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116)) as [number, number, number];
  return [116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])];
}

describe('the report', () => {
  it('is legible for colour-blind readers: tripoll, C, node:net and Python differ, and each colour from its background', () => {
    const css = readFileSync(join(root, 'benchmarks/report/style.css'), 'utf8');
    const dark = css.slice(css.indexOf('@media (prefers-color-scheme: dark)'));
    for (const [scheme, text] of Object.entries({ light: css, dark })) {
      const colors = [0, 3, 4, 5].map((family) => colorIn(text, `f${family}`));
      for (const kind of Object.keys(BLINDNESS) as (keyof typeof BLINDNESS)[]) {
        const seen = [...colors, colorIn(text, 'panel')].map((color) => seenBy(kind, color));
        for (const [index, one] of seen.entries())
          for (const other of seen.slice(index + 1)) {
            const distance = Math.hypot(...lab(one).map((value, axis) => value - lab(other)[axis]!));
            assert.ok(
              distance > 12,
              `${scheme}, ${kind}: ${distance.toFixed(1)} between ${one.join()} and ${other.join()}`,
            );
          }
      }
    }
  });
});
