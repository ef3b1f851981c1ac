/** One request for a phone document, from its button to what became of it. */
import { effect } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Verification } from '../../client/answers.ts';
import { get, post } from '../../client/api.ts';
import { connected, onDeskEvent } from '../../client/desk-stream.ts';
import type { Problem } from '../../client/problem.ts';
import { announce } from '../../shell/announce.tsx';
import { said } from '../../words/dictionary.ts';
import { askBrowserWallet } from './browser-wallet.ts';
import { isOpen, type MadePhoneRequest, type PhoneRequestAnswer } from './phone-answers.ts';

export interface Asked {
  readonly made: MadePhoneRequest;
  /** By this page's clock, `performance.now()`: that of the desk may be another. */
  readonly endsAt: number;
  readonly at: Pick<PhoneRequestAnswer, 'state' | 'words'>;
}

export interface PhoneAsking {
  readonly asked: Asked | null;
  readonly problem: Problem | null;
  /** The browser asked, and nothing was given. */
  readonly refused: boolean;
  readonly busy: boolean;
  ask(mode: 'qr' | 'dc_api'): Promise<void>;
  stop(): void;
}

export function usePhoneRequest(onVerification: (verification: Verification) => void): PhoneAsking {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [refused, setRefused] = useState(false);
  const [busy, setBusy] = useState(false);
  const current = useRef<{ readonly id: string; readonly stop: AbortController } | null>(null);
  const tell = useRef(onVerification);
  tell.current = onVerification;

  const took = (answer: PhoneRequestAnswer) => {
    if (answer.request_id !== current.current?.id) return;
    setAsked((before) => before && { ...before, at: answer });
    if (isOpen(answer)) {
      announce(said(answer.words));
      return;
    }
    current.current = null;
    if (answer.verification === null) announce(said(answer.words), true);
    else tell.current(answer.verification);
  };
  const look = async () => {
    const id = current.current?.id;
    if (id === undefined) return;
    const answer = await get<PhoneRequestAnswer>(`/v1/phone-requests/${id}`);
    if (answer.ok) took(answer.value);
  };
  useEffect(() => {
    const unheard = onDeskEvent<PhoneRequestAnswer>('phone', took);
    // What was said while the connection was broken was not heard.
    const unwatched = effect(() => {
      if (connected.value === true) void look();
    });
    return () => {
      unheard();
      unwatched();
      current.current?.stop.abort();
      current.current = null;
    };
  }, []);

  const stop = () => {
    current.current?.stop.abort();
    current.current = null;
    setAsked(null);
    setRefused(false);
    setProblem(null);
  };
  const ask = async (mode: 'qr' | 'dc_api') => {
    stop();
    setBusy(true);
    const answer = await post<MadePhoneRequest>('/v1/phone-requests', { mode });
    setBusy(false);
    if (!answer.ok) {
      setProblem(answer.problem);
      return;
    }
    const made = answer.value;
    const mine = { id: made.request_id, stop: new AbortController() };
    current.current = mine;
    const at = { state: 'made' as const, words: made.words };
    setAsked({ made, endsAt: performance.now() + made.expires_in_ms, at });
    announce(said(made.words));
    if (made.dc_api === undefined) return;
    const given = await askBrowserWallet(made.dc_api, mine.stop.signal);
    if (current.current !== mine) return;
    if (given === null) {
      stop();
      setRefused(true);
      return;
    }
    await post(`/v1/phone-requests/${made.request_id}/response`, given);
    // Whatever was answered to that: the request says what became of it, in words.
    await look();
  };
  return { asked, problem, refused, busy, ask, stop };
}
