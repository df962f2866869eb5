/** Family colours, in light and dark: distinct for the colour-blind, by lightness too, and at least 3:1 on the background. */
const colours: readonly (readonly [light: string, dark: string])[] = [
  ['#0068b0', '#5cb8f5'],
  ['#b0559a', '#e59fd0'],
  ['#00855f', '#2fcb9b'],
  ['#d95000', '#ff7f3a'],
  ['#6b4a00', '#f2d774'],
  ['#16181d', '#ffffff'],
  ['#6a3fb5', '#b79cff'],
  ['#a8002f', '#ff8fa3'],
];

/** The page's style sheet, with a colour for each of so many families. */
export function style(families: number): string {
  const indices = Array.from({ length: Math.max(families, colours.length) }, (_, index) => index);
  const variables = (theme: 0 | 1) =>
    indices.map((index) => `--f${index}:${colours[index % colours.length]![theme]}`).join(';');
  return `
:root{color-scheme:light dark;--ink:#1c1f26;--quiet:#5a6170;--line:#dfe2e8;--page:#fff;--panel:#f7f8fa;${variables(0)}}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaee;--quiet:#a3abba;--line:#343a46;--page:#14161b;--panel:#1b1e25;${variables(1)}}}
${indices.map((index) => `.f${index}{--c:var(--f${index})}`).join('')}.ink{--c:var(--ink)}
*{box-sizing:border-box}
body{margin:0 auto;padding:16px;max-width:1280px;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.8rem;line-height:1.2;margin:.5rem 0 1rem}h2{font-size:1.35rem;margin:2.5rem 0 .5rem}
h2::first-letter{text-transform:uppercase}
p{max-width:75ch;margin:.5rem 0}small{color:var(--quiet);font-weight:400;font-size:.85em}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));gap:8px 24px;margin:0}
dt{color:var(--quiet);font-size:.8rem}dd{margin:0;overflow-wrap:anywhere}
.quick{border-left:4px solid var(--f3);padding-left:12px}
nav ul,.key{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:4px 16px}
a{color:var(--f0)}
.notes{padding-left:20px;max-width:110ch;font-size:.9rem;overflow-wrap:anywhere}
.key{font-size:.9rem}.swatch{width:34px;height:12px;vertical-align:-1px}
figure{margin:1rem 0 1.5rem}figcaption{font-weight:600;margin-bottom:6px}
.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:14px}
.panel{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:8px 10px;min-width:0}
.panel p{margin:0 0 4px;font-size:.85rem}
svg{display:block;width:100%;max-width:560px;height:auto;overflow:visible}svg.swatch{display:inline-block}
svg text{font:11.5px system-ui,sans-serif;fill:var(--ink);font-variant-numeric:tabular-nums}
svg .tick{fill:var(--quiet);font-size:10.5px}svg .second{fill:var(--quiet)}
svg .family{font-weight:600;fill:var(--c)}
svg .end{fill:var(--c)}
.grid{stroke:var(--line);stroke-width:1;fill:none}
.mark{fill:var(--c);stroke:var(--c);stroke-width:1.2;stroke-linejoin:round}
.hollow .mark{fill:var(--panel)}.faint .mark{fill:var(--line)}
.samples{stroke:var(--c);stroke-width:1;opacity:.55;fill:none}.reach{stroke:var(--c);stroke-width:1.2;fill:none}
.line{stroke:var(--c);stroke-width:1.8;fill:none;stroke-linejoin:round;stroke-linecap:round}
.line.select{stroke-dasharray:.1 4.5;stroke-width:2.3}.line.poll{stroke-dasharray:6 4}
.spread{stroke:var(--c);stroke-width:4;opacity:.3;fill:none}
.leader{stroke:var(--c);stroke-width:.7;opacity:.5;fill:none}
.cross{stroke:var(--ink);stroke-width:1.3;fill:none}
.reference{--c:var(--quiet);opacity:.85}.reference .mark{fill:var(--panel)}
details{margin:6px 0}summary{cursor:pointer;color:var(--quiet);font-size:.9rem;padding:4px 0}
section>details>summary{color:var(--ink)}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--quiet);padding:4px 0}
th,td{padding:4px 10px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
thead th{vertical-align:bottom;white-space:normal;min-width:5.5em;font-weight:600}
th:first-child{min-width:15em;white-space:normal;text-align:left;font-weight:500;position:sticky;left:0;background:var(--page)}
@media (max-width:640px){th:first-child{min-width:10em;max-width:45vw}}
`;
}
