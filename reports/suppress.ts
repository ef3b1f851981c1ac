/**
 * Small counts are hidden, and others with them so that no hidden one follows from what is shown.
 *
 * A table with its totals is a set of equations: the cells of a row, or a column, add up to its total. Of the cells that are
 * hidden, those whose row and column meet are edges of a graph with a vertex for each row and column, the totals' too. A
 * hidden cell follows from the rest exactly when its edge is a bridge (Gusfield, A Graph Theoretic Approach to Statistical
 * Data Security, SIAM J. Comput. 17(3), 1988): on a cycle, one can be added and taken away in turn. Only cells above zero are
 * hidden, so that one can be taken away from each.
 */

export interface Cell {
  readonly count: number;
  /** Different persons it is made of; above the bound it need not be exact. */
  readonly persons: number;
}

/** Rows of cells; the last row and the last column are the totals. */
export type Grid = readonly (readonly Cell[])[];

/**
 * Which cells to hide. Cells above zero that are made of fewer persons than `below`, and of the others those that cost least:
 * small ones rather than large, cells rather than totals.
 */
export function hiddenCells(grid: Grid, below: number): boolean[][] {
  const hidden = grid.map((row) => row.map(({ count, persons }) => count > 0 && persons < below));
  const graph = new SuppressionGraph(grid, hidden);
  for (let bridge = graph.bridge(); bridge !== null; bridge = graph.bridge()) graph.closeCycle(bridge);
  return hidden;
}

interface Edge {
  readonly row: number;
  readonly column: number;
}

class SuppressionGraph {
  readonly #grid: Grid;
  readonly #hidden: boolean[][];
  readonly #rows: number;
  readonly #columns: number;
  readonly #costOfTotal: number;

  constructor(grid: Grid, hidden: boolean[][]) {
    this.#grid = grid;
    this.#hidden = hidden;
    this.#rows = grid.length;
    this.#columns = grid[0]?.length ?? 0;
    this.#costOfTotal = 1 + (grid.at(-1)?.at(-1)?.count ?? 0);
  }

  /** Vertices are the rows, then the columns. */
  #edge(from: number, to: number): Edge {
    return from < this.#rows
      ? { row: from, column: to - this.#rows }
      : { row: to, column: from - this.#rows };
  }

  #beside(vertex: number): { readonly first: number; readonly end: number } {
    return vertex < this.#rows
      ? { first: this.#rows, end: this.#rows + this.#columns }
      : { first: 0, end: this.#rows };
  }

  /** A hidden cell that follows from what is shown; null when none does. Tarjan's low links, without recursion. */
  bridge(): Edge | null {
    const size = this.#rows + this.#columns;
    const order = new Int32Array(size).fill(-1);
    const low = new Int32Array(size);
    let visited = 0;
    for (let root = 0; root < size; root += 1) {
      if (order[root] !== -1) continue;
      const path: { vertex: number; parent: number; next: number }[] = [];
      const enter = (vertex: number, parent: number) => {
        order[vertex] = visited;
        low[vertex] = visited;
        visited += 1;
        path.push({ vertex, parent, next: this.#beside(vertex).first });
      };
      enter(root, -1);
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const { vertex, parent } = top;
        if (top.next < this.#beside(vertex).end) {
          const to = top.next;
          top.next += 1;
          if (to === parent || !this.#isHidden(this.#edge(vertex, to))) continue;
          if (order[to] === -1) enter(to, vertex);
          else low[vertex] = Math.min(low[vertex] ?? 0, order[to] ?? 0);
          continue;
        }
        path.pop();
        if (parent === -1) continue;
        if ((low[vertex] ?? 0) > (order[parent] ?? 0)) return this.#edge(parent, vertex);
        low[parent] = Math.min(low[parent] ?? 0, low[vertex] ?? 0);
      }
    }
    return null;
  }

  /** Hides the cheapest way round from the cell's row to its column (Dijkstra). There is always one, through the totals. */
  closeCycle({ row, column }: Edge): void {
    const [start, goal] = [row, this.#rows + column];
    const size = this.#rows + this.#columns;
    const cost = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
    const before = new Int32Array(size).fill(-1);
    const done = new Uint8Array(size);
    cost[start] = 0;
    for (;;) {
      const at = nearest(cost, done);
      if (at === null) throw new RangeError('the totals of the table are not those of its cells');
      if (at === goal) break;
      done[at] = 1;
      const { first, end } = this.#beside(at);
      for (let to = first; to < end; to += 1) {
        const isItself = at === start && to === goal;
        const through = isItself
          ? Number.POSITIVE_INFINITY
          : (cost[at] ?? 0) + this.#cost(this.#edge(at, to));
        if (through >= (cost[to] ?? 0)) continue;
        cost[to] = through;
        before[to] = at;
      }
    }
    for (let at = goal; at !== start; at = before[at] ?? start) {
      const edge = this.#edge(before[at] ?? start, at);
      const cells = this.#hidden[edge.row];
      if (cells) cells[edge.column] = true;
    }
  }

  #isHidden({ row, column }: Edge): boolean {
    return this.#hidden[row]?.[column] ?? false;
  }

  #cost(edge: Edge): number {
    const count = this.#grid[edge.row]?.[edge.column]?.count ?? 0;
    if (count === 0) return Number.POSITIVE_INFINITY;
    if (this.#isHidden(edge)) return 0;
    const totals = Number(edge.row === this.#rows - 1) + Number(edge.column === this.#columns - 1);
    return count + totals * this.#costOfTotal;
  }
}

function nearest(cost: Float64Array, done: Uint8Array): number | null {
  let found: number | null = null;
  for (let at = 0; at < cost.length; at += 1) {
    if (done[at] === 1 || cost[at] === Number.POSITIVE_INFINITY) continue;
    if (found === null || (cost[at] ?? 0) < (cost[found] ?? 0)) found = at;
  }
  return found;
}
