/** The page's style. It stands alone in one element, whose hash the page's policy names. */
export const style = `
:root { color-scheme: light dark; --differs: #c0392b; --undecided: #b7791f; --alike: #2f855a; --noise: #7f8c8d; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top; border-bottom: 1px solid #8884; }
td code { overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
article { border-left: 3px solid #8884; padding-left: 1rem; margin: 1.5rem 0; }
.badge { color: #fff; border-radius: .25rem; padding: .1rem .5rem; font-size: .85em; }
.badge.differs { background: var(--differs); } .badge.undecided { background: var(--undecided); }
.badge.alike { background: var(--alike); } .badge.noise { background: var(--noise); }
svg .differs { fill: var(--differs); } svg .undecided { fill: var(--undecided); }
svg .alike { fill: var(--alike); } svg .noise { fill: var(--noise); }
svg rect { opacity: .55; } svg text { font: 10px system-ui, sans-serif; fill: currentColor; }
svg .axis { stroke: currentColor; opacity: .25; }
.finding { font-weight: 600; }
.advice::before { content: "To do: "; font-weight: 600; }
`;
