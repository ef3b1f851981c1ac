/** Names by which phases and curves are told apart. */

/** The name, with the least number behind it that makes it differ from all that are taken. */
export function distinctName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  let n = 2;
  while (taken.includes(`${name} (${n})`)) n += 1;
  return `${name} (${n})`;
}

/** As they are, but that none is there twice. */
export function distinctNames(names: readonly string[]): readonly string[] {
  const all: string[] = [];
  for (const name of names) all.push(distinctName(name, all));
  return all;
}
