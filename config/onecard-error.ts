/**
 * Base of every exception that is thrown on purpose, in all rooms. Whoever catches one tells them apart by class and
 * `code`, never by message: that is for people.
 */
export abstract class OnecardError extends Error {
  /** Which fault: one word of the class, or one of its closed set. */
  abstract readonly code: string;
}
