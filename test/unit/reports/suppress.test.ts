/** No hidden count follows from the rows, the columns and their totals: looked for by linear algebra, and by trying. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cell, hiddenCells } from '../../../reports/suppress.ts';

/** Cells with the totals they add up to; every tap by a person of its own. */
function withTotals(counts: readonly (readonly number[])[]): Cell[][] {
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const rows = counts.map((row) => [...row, sum(row)]);
  const totals = (rows[0] ?? []).map((_, column) => sum(rows.map((row) => row[column] ?? 0)));
  return [...rows, totals].map((row) => row.map((count) => ({ count, persons: count })));
}

/** The equations of the table in its hidden cells: each row and column adds up to its total. */
function equations(grid: readonly (readonly Cell[])[], hidden: readonly (readonly boolean[])[]): number[][] {
  const places = grid.flatMap((row, i) => row.flatMap((_, j) => (hidden[i]?.[j] ? [`${i} ${j}`] : [])));
  const [rows, columns] = [grid.length, grid[0]?.length ?? 0];
  const lines = [
    ...Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (_, j) => ({ i, j, sign: j === columns - 1 ? -1 : 1 })),
    ),
    ...Array.from({ length: columns }, (_, j) =>
      Array.from({ length: rows }, (_, i) => ({ i, j, sign: i === rows - 1 ? -1 : 1 })),
    ),
  ];
  return lines.map((line) => {
    const coefficients = places.map(() => 0);
    for (const { i, j, sign } of line) {
      const at = places.indexOf(`${i} ${j}`);
      if (at >= 0) coefficients[at] = sign;
    }
    return coefficients;
  });
}

/** Which unknowns have one solution alone. Gauss and Jordan; the coefficients are so small that nothing is rounded. */
function determined(matrix: number[][]): number[] {
  const rows = matrix.map((row) => [...row]);
  const unknowns = rows[0]?.length ?? 0;
  let rank = 0;
  for (let column = 0; column < unknowns; column += 1) {
    const found = rows.findIndex((row, i) => i >= rank && Math.abs(row[column] ?? 0) > 1e-9);
    if (found < 0) continue;
    const [pivot = []] = rows.splice(found, 1);
    const scaled = pivot.map((value) => value / (pivot[column] ?? 1));
    rows.splice(rank, 0, scaled);
    for (const [i, row] of rows.entries()) {
      const factor = row[column] ?? 0;
      if (i !== rank) rows[i] = row.map((value, j) => value - factor * (scaled[j] ?? 0));
    }
    rank += 1;
  }
  return rows.flatMap((row) => {
    const used = row.flatMap((value, i) => (Math.abs(value) > 1e-9 ? [i] : []));
    return used.length === 1 ? used : [];
  });
}

/** Every value that a hidden cell of a small table may have, all being zero or more: by trying. */
function possible(grid: readonly (readonly Cell[])[], hidden: readonly (readonly boolean[])[], most: number) {
  const [rows, columns] = [grid.length - 1, (grid[0]?.length ?? 1) - 1];
  const inner = Array.from({ length: rows * columns }, (_, at) => [Math.floor(at / columns), at % columns]);
  const values = new Map<string, Set<number>>();
  const shown = (i: number, j: number) => (hidden[i]?.[j] ? null : (grid[i]?.[j]?.count ?? 0));
  const tried: number[] = [];
  const fits = () => {
    const sums = withTotals(
      Array.from({ length: rows }, (_, i) => tried.slice(i * columns, (i + 1) * columns)),
    );
    for (const [i, row] of sums.entries())
      for (const [j, { count }] of row.entries()) if ((shown(i, j) ?? count) !== count) return;
    for (const [i, row] of sums.entries())
      for (const [j, { count }] of row.entries())
        values.set(`${i} ${j}`, (values.get(`${i} ${j}`) ?? new Set()).add(count));
  };
  const next = () => {
    if (tried.length === inner.length) return fits();
    const [i = 0, j = 0] = inner[tried.length] ?? [];
    const known = shown(i, j);
    for (let value = known ?? 0; value <= (known ?? most); value += 1) {
      tried.push(value);
      next();
      tried.pop();
    }
  };
  next();
  return values;
}

const count = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 12 }) },
  { weight: 3, arbitrary: fc.integer({ min: 10, max: 500 }) },
);
const table = (rowsMax: number, columnsMax: number, each: fc.Arbitrary<number>) =>
  fc
    .tuple(fc.integer({ min: 1, max: rowsMax }), fc.integer({ min: 1, max: columnsMax }))
    .chain(([rows, columns]) =>
      fc.array(fc.array(each, { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      }),
    );

test('no hidden cell or total has one solution alone, and every small one is hidden', () => {
  fc.assert(
    fc.property(table(8, 8, count), (counts) => {
      const grid = withTotals(counts);
      const hidden = hiddenCells(grid, 10);
      for (const [i, row] of grid.entries())
        for (const [j, { count: value }] of row.entries()) {
          if (value > 0 && value < 10) expect(hidden[i]?.[j]).toBe(true);
          if (value === 0) expect(hidden[i]?.[j]).toBe(false);
        }
      expect(determined(equations(grid, hidden))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('nor does it when nobody can be counted less than not at all', () => {
  fc.assert(
    fc.property(table(3, 2, fc.integer({ min: 0, max: 4 })), (counts) => {
      const grid = withTotals(counts);
      const hidden = hiddenCells(grid, 3);
      const values = possible(grid, hidden, 6);
      for (const [i, row] of hidden.entries())
        for (const [j, isHidden] of row.entries())
          if (isHidden) expect(values.get(`${i} ${j}`)?.size ?? 0).toBeGreaterThan(1);
    }),
    { numRuns: 60 },
  );
});

test('the two searches find what is not hidden well: one small cell by itself', () => {
  const grid = withTotals([
    [3, 50],
    [60, 70],
  ]);
  const onlySmall = grid.map((row) => row.map(({ count: value }) => value > 0 && value < 10));
  expect(determined(equations(grid, onlySmall))).toEqual([0]);
  const hidden = hiddenCells(grid, 10);
  expect(hidden).toEqual([
    [true, true, false],
    [true, true, false],
    [false, false, false],
  ]);
});

test('a table in which everything is small says nothing, its total least of all', () => {
  expect(hiddenCells(withTotals([[3]]), 10)).toEqual([
    [true, true],
    [true, true],
  ]);
});

test('large counts of few persons are hidden as well', () => {
  const grid = [
    [
      { count: 400, persons: 1 },
      { count: 400, persons: 1 },
    ],
    [
      { count: 400, persons: 1 },
      { count: 400, persons: 1 },
    ],
  ];
  expect(hiddenCells(grid, 10).flat()).toEqual([true, true, true, true]);
});

test('0 hides nothing', () => {
  expect(hiddenCells(withTotals([[1, 2]]), 0).flat()).not.toContain(true);
});
