/** A code as text, or as a picture: pasted, or from a file. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Note } from '../../../components/sign.tsx';
import { FILE_BYTES_MAX, imageSize, isDecodable } from '../../../input/image-size.ts';
import { oneCode, QrReader } from '../../../input/qr-reader.ts';
import { announce } from '../../../shell/announce.tsx';
import { INPUTS } from '../../../words/inputs.ts';
import type { PanelProps } from '../panels.ts';
import { SCANNED_BYTES_MAX, scannedBytes, scannedText } from './scan-sink.ts';

type Fault = 'empty' | 'long' | 'fileLarge' | 'fileUnknown' | 'fileNone' | 'several' | 'readerFailed';

/** Beyond this the size says nothing any more, and before it every head is whole. */
const HEAD_BYTES = 262_144;

export default function Paste({ onPresentation }: PanelProps) {
  const [text, setText] = useState('');
  const [fault, setFault] = useState<Fault | null>(null);
  const tell = (next: Fault | null) => {
    setFault(next);
    if (next !== null) announce(INPUTS[next], true);
  };
  const useText = (pasted: string) => {
    const trimmed = pasted.trim();
    if (trimmed === '') return tell('empty');
    if (trimmed.length > SCANNED_BYTES_MAX * 2) return tell('long');
    tell(null);
    setText('');
    scannedText(onPresentation, trimmed, performance.now());
  };
  const useFile = async (file: File) => {
    const seenAt = performance.now();
    const read = await codeOfFile(file);
    if (typeof read === 'string') return tell(read);
    tell(null);
    scannedBytes(onPresentation, read, seenAt);
  };
  const latest = useRef({ useText, useFile });
  latest.current = { useText, useFile };
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
      const [file] = event.clipboardData?.files ?? [];
      if (file !== undefined) void latest.current.useFile(file);
      else latest.current.useText(event.clipboardData?.getData('text') ?? '');
    };
    addEventListener('paste', paste);
    return () => removeEventListener('paste', paste);
  }, []);
  const id = useId();
  return (
    <div class="stack">
      <form
        class="field"
        onSubmit={(event) => {
          event.preventDefault();
          useText(text);
        }}
      >
        <label for={`${id}-text`}>{INPUTS.pasteLabel}</label>
        <textarea
          id={`${id}-text`}
          name="pasted"
          class="number"
          spellcheck={false}
          rows={3}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <div class="row">
          <button type="submit">{INPUTS.pasteUse}</button>
        </div>
      </form>
      <div class="field">
        <label for={`${id}-file`}>{INPUTS.fileLabel}</label>
        <input
          id={`${id}-file`}
          type="file"
          accept="image/png,image/jpeg,image/webp,image/gif,image/bmp"
          aria-describedby={`${id}-hint`}
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            event.currentTarget.value = '';
            if (file !== undefined) void useFile(file);
          }}
        />
        <span class="hint" id={`${id}-hint`}>
          {INPUTS.fileHint}
        </span>
      </div>
      {fault !== null && <Note tone="bad">{INPUTS[fault]}</Note>}
    </div>
  );
}

/** Size and pixels are looked at before anything decodes it. */
async function codeOfFile(file: File): Promise<Uint8Array | Fault> {
  if (file.size > FILE_BYTES_MAX) return 'fileLarge';
  const size = imageSize(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  if (size === null) return 'fileUnknown';
  if (!isDecodable(size)) return 'fileLarge';
  const reader = new QrReader();
  try {
    const code = oneCode(await reader.read({ kind: 'image', image: file }));
    if (code.kind === 'one') return code.bytes;
    return code.kind === 'several' ? 'several' : code.kind === 'none' ? 'fileNone' : 'fileUnknown';
  } finally {
    reader.close();
  }
}
