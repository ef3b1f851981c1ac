/** Codes by camera. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { SelectField } from '../../../components/field.tsx';
import { Note } from '../../../components/sign.tsx';
import { oneCode, QrReader } from '../../../input/qr-reader.ts';
import { announce } from '../../../shell/announce.tsx';
import { useKeys } from '../../../shell/keys.ts';
import { remember, remembered } from '../../../shell/remembered.ts';
import { INPUTS } from '../../../words/inputs.ts';
import type { PanelProps } from '../panels.ts';
import { scannedBytes } from './scan-sink.ts';
import { watchVideo } from './watch-video.ts';

/** Below this dense codes are not read at arm's length. */
const WIDTH_GOOD = 1_280;
type State = 'off' | 'starting' | 'on' | 'denied' | 'missing' | 'failed';

export default function Camera({ onPresentation }: PanelProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [isWanted, setWanted] = useState(false);
  const [state, setState] = useState<State>('off');
  const [device, setDevice] = useState(remembered('camera') ?? '');
  const [cameras, setCameras] = useState<readonly MediaDeviceInfo[]>([]);
  const [width, setWidth] = useState(0);
  const [isSeveral, setSeveral] = useState(false);
  const latest = useRef(onPresentation);
  latest.current = onPresentation;
  useEffect(() => {
    const element = video.current;
    if (!isWanted || element === null) return;
    let isOver = false;
    let stream: MediaStream | null = null;
    let unwatch = () => {};
    const reader = new QrReader();
    setState('starting');
    openCamera(device).then(
      async (opened) => {
        stream = opened;
        if (isOver) return stopAll(opened);
        element.srcObject = opened;
        const [track] = opened.getVideoTracks();
        track?.addEventListener('ended', () => setState('missing'));
        await element.play().catch(() => undefined);
        setState('on');
        setWidth(element.videoWidth);
        setCameras(
          (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput'),
        );
        unwatch = watchVideo(
          element,
          () => !reader.isBusy,
          async ({ frame, seenAt }) => {
            const code = oneCode(await reader.read({ kind: 'frame', frame }));
            if (isOver) return;
            if (code.kind === 'failed') setState('failed');
            if (code.kind === 'one') scannedBytes(latest.current, code.bytes, seenAt);
            if (code.kind !== 'none') setSeveral(code.kind === 'several');
          },
        );
      },
      (cause: unknown) => {
        if (!isOver)
          setState(cause instanceof DOMException && cause.name === 'NotAllowedError' ? 'denied' : 'missing');
      },
    );
    return () => {
      isOver = true;
      unwatch();
      reader.close();
      if (stream !== null) stopAll(stream);
      element.srcObject = null;
      setSeveral(false);
      setState('off');
    };
  }, [isWanted, device]);
  useEffect(() => {
    if (isSeveral) announce(INPUTS.several, true);
  }, [isSeveral]);
  const toggle = () => setWanted((wanted) => !wanted);
  const isThere = isSecureContext && 'mediaDevices' in navigator;
  useKeys(
    isThere
      ? [{ keys: 'Alt+C', words: () => (isWanted ? INPUTS.cameraStop : INPUTS.cameraStart), run: toggle }]
      : [],
  );
  if (!isThere) return <Note tone="refer">{INPUTS.cameraInsecure}</Note>;
  return (
    <div class="stack camera" data-state={state}>
      <div class="view" hidden={!isWanted}>
        <video ref={video} muted playsInline aria-label={INPUTS.cameraLabel} />
      </div>
      <div class="row">
        <button type="button" aria-pressed={isWanted} onClick={toggle}>
          {isWanted ? INPUTS.cameraStop : INPUTS.cameraStart} <kbd>Alt C</kbd>
        </button>
        <span class="muted">{cameraSays(state)}</span>
      </div>
      {cameras.length > 1 && (
        <SelectField
          label={INPUTS.cameraChoose}
          value={device}
          onValue={(next) => {
            remember('camera', next);
            setDevice(next);
          }}
        >
          {cameras.map(({ deviceId, label }, index) => (
            <option key={deviceId} value={deviceId}>
              {label || `${INPUTS.camera} ${index + 1}`}
            </option>
          ))}
        </SelectField>
      )}
      {state === 'on' && width > 0 && width < WIDTH_GOOD && (
        <Note tone="refer">{INPUTS.cameraSmall(width)}</Note>
      )}
      {isSeveral && <Note tone="bad">{INPUTS.several}</Note>}
      {state === 'denied' && <Note tone="bad">{INPUTS.cameraDenied}</Note>}
      {state === 'missing' && <Note tone="bad">{INPUTS.cameraMissing}</Note>}
      {state === 'failed' && <Note tone="bad">{INPUTS.readerFailed}</Note>}
    </div>
  );
}

function cameraSays(state: State): string {
  if (state === 'off') return INPUTS.cameraOff;
  if (state === 'starting') return INPUTS.cameraStarting;
  return state === 'on' ? INPUTS.cameraHint : '';
}

function openCamera(device: string): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: {
      width: { ideal: 1_280 },
      height: { ideal: 720 },
      ...(device === '' ? { facingMode: 'environment' } : { deviceId: { ideal: device } }),
    },
  });
}

function stopAll(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
