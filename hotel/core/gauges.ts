/** What the parts of the desk count, in one place: `GET /v1/standing` shows it, and it goes into the gateway's metrics. */
import { DESK_GAUGE_NAMES, type DeskGauge, type DeskGaugeValues } from '../../gateway/desk/desk-gauges.ts';

export class Gauges {
  #values = Object.fromEntries(DESK_GAUGE_NAMES.map((name) => [name, 0])) as DeskGaugeValues;
  readonly #onChange: (values: DeskGaugeValues) => void;
  #isTelling = false;

  /** `onChange`: called once for all that is set within one turn of the event loop. */
  constructor(onChange: (values: DeskGaugeValues) => void) {
    this.#onChange = onChange;
  }

  get values(): DeskGaugeValues {
    return this.#values;
  }

  /** Whoever knows a value says it whenever it may have changed. */
  set(values: Partial<DeskGaugeValues>): void {
    const changed = Object.entries(values).some(([name, value]) => this.#values[name as DeskGauge] !== value);
    if (!changed) return;
    this.#values = { ...this.#values, ...values };
    if (this.#isTelling) return;
    this.#isTelling = true;
    setImmediate(() => {
      this.#isTelling = false;
      this.#onChange(this.#values);
    });
  }
}
