import type { Stack } from '../harness/cpu-profile.ts';
import { percent } from '../harness/numbers.ts';
import { html, type Markup } from './html.ts';

const WIDTH = 1200;
const ROW_HEIGHT = 18;
const TOP = 48;
const CHARACTER_WIDTH = 6.6;
// A narrower frame has no text, and a reader could not point at it.
const MIN_WIDTH = 0.6;
const HUES = 6;

interface Frame {
  readonly name: string;
  weight: number;
  readonly children: Map<string, Frame>;
}

/**
 * A flame graph as one SVG file that loads nothing: each box is a function, its width the share of the time, and the boxes below
 * it are the functions that it called.
 */
export function flameGraph(title: string, stacks: readonly Stack[]): string {
  const root: Frame = { name: 'all', weight: 0, children: new Map() };
  for (const stack of stacks) add(root, stack);
  const boxes = root.weight > 0 ? drawn(root, 0, 0, WIDTH / root.weight, root.weight) : [];
  const depth = 1 + Math.max(0, ...stacks.map(({ frames }) => frames.length));
  const height = TOP + depth * ROW_HEIGHT + 8;
  const hint = 'The width of a box is its share of the time. Point at a box for its name and share.';
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    viewBox="0 0 ${WIDTH} ${height}"
    font-family="system-ui, sans-serif"
    font-size="11.5"
  >
    <style>
      svg {
        background: #fff;
        color: #1c1f26;
      }
      text {
        fill: currentColor;
        pointer-events: none;
      }
      rect {
        stroke: #fff;
      }
      .h0 {
        fill: #cfe3f2;
      }
      .h1 {
        fill: #f3d9ec;
      }
      .h2 {
        fill: #cdeee2;
      }
      .h3 {
        fill: #fbdcc4;
      }
      .h4 {
        fill: #eee3c4;
      }
      .h5 {
        fill: #e0d8f3;
      }
      @media (prefers-color-scheme: dark) {
        svg {
          background: #14161b;
          color: #e8eaee;
        }
        rect {
          stroke: #14161b;
        }
        .h0 {
          fill: #1d4a6b;
        }
        .h1 {
          fill: #66305a;
        }
        .h2 {
          fill: #11543f;
        }
        .h3 {
          fill: #7a3a12;
        }
        .h4 {
          fill: #574717;
        }
        .h5 {
          fill: #453273;
        }
      }
    </style>
    <text x="4" y="18" font-size="15">${title}</text>
    <text x="4" y="37">${hint}</text>
    ${boxes}
  </svg>`.text;
}

function add(root: Frame, { frames, weight }: Stack): void {
  let parent = root;
  parent.weight += weight;
  for (const name of frames) {
    let child = parent.children.get(name);
    if (!child) parent.children.set(name, (child = { name, weight: 0, children: new Map() }));
    child.weight += weight;
    parent = child;
  }
}

function drawn(frame: Frame, depth: number, left: number, scale: number, total: number): Markup[] {
  const width = frame.weight * scale;
  if (width < MIN_WIDTH) return [];
  const y = TOP + depth * ROW_HEIGHT;
  const characters = Math.floor((width - 6) / CHARACTER_WIDTH);
  const label = frame.name.length <= characters ? frame.name : `${frame.name.slice(0, Math.max(0, characters - 1))}…`;
  const box = html`<g>
    <title>${frame.name}: ${percent(frame.weight / total)}</title>
    <rect
      class="h${hueOf(frame.name)}"
      x="${left.toFixed(1)}"
      y="${y}"
      width="${width.toFixed(1)}"
      height="${ROW_HEIGHT - 1}"
    />
    ${characters > 2 ? html`<text x="${(left + 3).toFixed(1)}" y="${y + 12.5}">${label}</text>` : ''}
  </g> `;
  let next = left;
  const children = [...frame.children.values()].sort((a, b) => b.weight - a.weight);
  const below = children.flatMap((child) => {
    const at = next;
    next += child.weight * scale;
    return drawn(child, depth + 1, at, scale, total);
  });
  return [box, ...below];
}

// The same function has the same colour in each place.
function hueOf(name: string): number {
  let hash = 7;
  for (let index = 0; index < name.length; index++) hash = (hash * 31 + name.charCodeAt(index)) % 997;
  return hash % HUES;
}
