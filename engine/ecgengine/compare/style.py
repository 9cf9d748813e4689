"""The style of the report: readable on a telephone and on paper."""

from __future__ import annotations

STYLE = """
:root { --ink: #1b1f24; --soft: #5b6570; --line: #dde2e7; --tint: #f5f7f9; --link: #0b5cad; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; color: var(--ink); background: #fff; line-height: 1.5;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main, header, footer { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 40px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .6rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 3rem 0 .6rem; padding-top: .8rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
h4 { font-size: 1rem; margin: 0; }
p { margin: .4rem 0 .8rem; max-width: 46rem; }
a { color: var(--link); }
code { font: .86em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  overflow-wrap: anywhere; }
.soft, figcaption, footer { color: var(--soft); font-size: .87rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0;
  font-size: .92rem; }
dt { color: var(--soft); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
nav { margin: 1.2rem 0 0; font-size: .92rem; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; }
ul.verdicts, ul.legend { list-style: none; padding: 0; margin: .4rem 0 1rem; }
ul.verdicts li { margin: .3rem 0; }
ul.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .92rem; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 50%;
  margin-right: .45em; }
.scroll { overflow: auto; max-height: 85vh; margin: .6rem 0 1rem; }
.wide { overflow-x: auto; }
.scroll:focus-visible, .wide:focus-visible { outline: 2px solid var(--link); }
table { border-collapse: separate; border-spacing: 0; font-size: .84rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .5rem; text-align: left; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
#failures td:last-child { white-space: normal; min-width: 18rem; overflow-wrap: anywhere; }
.right { text-align: right; }
thead th { position: sticky; top: 0; z-index: 2; background: #fff; vertical-align: bottom;
  border-bottom: 2px solid var(--ink); line-height: 1.25; }
thead small { display: block; font-weight: 400; color: var(--soft); }
tbody th { position: sticky; left: 0; z-index: 1; background: #fff; }
tbody tr.first > * { border-top: 1px solid #9aa4ae; }
figure { margin: .6rem 0 1rem; min-width: 0; }
.plot { display: block; width: 100%; min-width: 540px; max-width: 860px; height: auto; }
.plot text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  fill: var(--ink); stroke: #fff; stroke-width: 3px; paint-order: stroke; }
.grid { stroke: var(--line); }
.zero { stroke: #77828d; }
article { margin: 1.6rem 0 2.6rem; }
article .facts { color: var(--soft); font-size: .9rem; margin: 0 0 .5rem; }
.failure { border-left: 4px solid #b03a00; background: #fdf3ee; padding: .5rem .8rem;
  margin: .4rem 0 .8rem; max-width: 46rem; overflow-wrap: anywhere; }
.pictures { display: grid; grid-template-columns: 1fr 1fr; gap: 14px; }
.pictures img { display: block; width: 100%; height: auto; border: 1px solid var(--line); }
.leads { display: grid; grid-template-columns: repeat(4, 1fr); gap: 4px 12px; }
.leads figure { margin: 0; }
.leads .half { grid-column: span 2; }
.leads .whole { grid-column: 1 / -1; }
.leads svg { display: block; width: 100%; height: auto; border: 1px solid #f0d9d9; }
.leads path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.leads b { color: var(--ink); }
.ruling { fill: none; stroke: #f3d6d6; stroke-width: 1; }
.defs { position: absolute; }
.truth { stroke: #1b1f24; stroke-width: 1.8; }
.reading { stroke: #d5340c; stroke-width: 1.1; }
.ink-truth { color: #1b1f24; font-weight: 600; }
.ink-reading { color: #d5340c; font-weight: 600; }
footer { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1rem;
  padding-bottom: 3rem; }
@media (max-width: 700px) {
  main, header, footer { padding-left: 14px; padding-right: 14px; }
  header { padding-top: 22px; }
  h1 { font-size: 1.5rem; }
  .pictures { grid-template-columns: 1fr; }
  .leads { grid-template-columns: 1fr 1fr; }
  dl { grid-template-columns: 1fr; }
  dd { margin-bottom: .35rem; }
}
@media print {
  @page { margin: 14mm; }
  body { font-size: 10pt; }
  nav { display: none; }
  main, header, footer { max-width: none; padding: 0; }
  .scroll, .wide { overflow: visible; max-height: none; }
  table { font-size: 6.5pt; }
  th, td { padding: .15rem .3rem; }
  thead th, tbody th { position: static; }
  h2, h3, h4 { break-after: avoid; }
  tr, figure, .pictures { break-inside: avoid; }
  .plot { min-width: 0; }
}
"""
