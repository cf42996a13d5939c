/** A cell: its text, and how it is coloured once its width is settled. */
export interface Cell {
  text: string;
  paint?: (text: string) => string;
  align?: 'left' | 'right';
}

/** Lines up cells in columns that are as wide as their widest text, two spaces apart. */
export function textTable(rows: readonly (readonly Cell[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.text.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, at) => fit(cell, widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function fit({ text, paint, align }: Cell, width: number): string {
  const padding = ' '.repeat(width - text.length);
  const painted = paint ? paint(text) : text;
  return align === 'right' ? padding + painted : painted + padding;
}

/** A row of plain cells. */
export function plainRow(...texts: string[]): Cell[] {
  return texts.map((text) => ({ text }));
}

/** A number, or the heading of a column of numbers. */
export function rightCell(value: string | number): Cell {
  return { text: String(value), align: 'right' };
}
