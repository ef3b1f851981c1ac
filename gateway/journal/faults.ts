/** What a check found wrong: all is counted, and the first of it said. */
export const FAULTS_SHOWN_MAX = 100;

export class Faults {
  readonly shown: string[] = [];
  count = 0;

  add(fault: string): void {
    this.count += 1;
    if (this.shown.length < FAULTS_SHOWN_MAX) this.shown.push(fault);
  }
}
