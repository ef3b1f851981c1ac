/** Scanners: one that types, which needs nothing, and one at a serial port. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { SelectField } from '../../../components/field.tsx';
import { Note } from '../../../components/sign.tsx';
import { announce } from '../../../shell/announce.tsx';
import { INPUTS } from '../../../words/inputs.ts';
import type { PanelProps } from '../panels.ts';
import { scannedBytes, scannedText } from './scan-sink.ts';
import { readCodes, type SerialPort, serial } from './serial-port.ts';
import { useTyping } from './use-typing.ts';

const RATES = ['9600', '19200', '38400', '57600', '115200'];
const BUFFER_BYTES = 16_384;

export default function Scanner({ onPresentation }: PanelProps) {
  const [isComposing, setComposing] = useState(false);
  useTyping((typed, seenAt) => {
    setComposing(typed.kind === 'composing');
    if (typed.kind === 'composing') announce(INPUTS.composing, true);
    else scannedText(onPresentation, typed.text, seenAt);
  });
  return (
    <div class="stack">
      {isComposing ? <Note tone="bad">{INPUTS.composing}</Note> : <p class="muted">{INPUTS.typingReady}</p>}
      {serial() !== undefined && <SerialScanner onPresentation={onPresentation} />}
    </div>
  );
}

function SerialScanner({ onPresentation }: Pick<PanelProps, 'onPresentation'>) {
  const [port, setPort] = useState<SerialPort | null>(null);
  const [rate, setRate] = useState('115200');
  const [isLost, setLost] = useState(false);
  const latest = useRef(onPresentation);
  latest.current = onPresentation;
  useEffect(() => {
    // One that was allowed before is taken again without a word.
    void serial()
      ?.getPorts()
      .then(([known]) => known !== undefined && setPort(known));
  }, []);
  useEffect(() => {
    if (port === null) return;
    const ending = new AbortController();
    setLost(false);
    const reading = port
      .open({ baudRate: Number(rate), bufferSize: BUFFER_BYTES })
      .then(() =>
        readCodes(port, ending.signal, (bytes, seenAt) => scannedBytes(latest.current, bytes, seenAt)),
      )
      .catch(() => {
        if (ending.signal.aborted) return;
        setLost(true);
        setPort(null);
      });
    return () => {
      ending.abort();
      void reading.then(() => port.close()).catch(() => undefined);
    };
  }, [port, rate]);
  const connect = () =>
    void serial()
      ?.requestPort()
      .then(setPort)
      // Nothing was chosen.
      .catch(() => undefined);
  return (
    <>
      <div class="row">
        <button type="button" onClick={port === null ? connect : () => setPort(null)}>
          {port === null ? INPUTS.serialConnect : INPUTS.serialDisconnect}
        </button>
        <SelectField label={INPUTS.serialRate} value={rate} onValue={setRate}>
          {RATES.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </SelectField>
      </div>
      {port !== null && <Note tone="good">{INPUTS.serialOn}</Note>}
      {isLost && <Note tone="bad">{INPUTS.serialLost}</Note>}
    </>
  );
}
