/** Words in Chinese and English side by side. An entry that lacks one of them is a type error. */
import { language } from '../shell/language.ts';

type Phrase = string | ((...values: never[]) => string);
/** Both of one kind: both plain, or both made of the same values. */
type Entries<D> = {
  readonly [K in keyof D]: D[K] extends { readonly en: infer E extends Phrase }
    ? { readonly zh: E extends string ? string : E; readonly en: E extends string ? string : E }
    : { readonly zh: Phrase; readonly en: Phrase };
};
export type Words<D extends Entries<D>> = {
  readonly [K in keyof D]: D[K] extends { readonly en: infer E } ? (E extends string ? string : E) : never;
};

/** Reading an entry gives it in the language of now, and renders anew whoever read it when that changes. */
export function dictionary<const D extends Entries<D>>(entries: D): Words<D> {
  const read = {};
  for (const [key, entry] of Object.entries<{ readonly zh: unknown; readonly en: unknown }>(entries)) {
    Object.defineProperty(read, key, { enumerable: true, get: () => entry[language.value] });
  }
  return read as Words<D>;
}

/** Of something that carries its own words, as what the desk answers. */
export const said = (words: { readonly zh: string; readonly en: string }): string => words[language.value];
