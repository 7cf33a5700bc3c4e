// What happens around the connections: the page, its network, the devices, and leave to use them.

import type { Note } from "./connection.ts";

/** What the collector does when the page changes. */
export interface PageReaction {
  note: Note;
  hidden(): void;
  left(): void;
  back(): void;
}

/** Listens until the signal aborts. */
export function listen(page: PageReaction, devices: boolean, signal: AbortSignal): void {
  const on = (target: EventTarget | undefined, event: string, act: () => void): void =>
    target?.addEventListener(event, act, { signal });
  const connection = networkOf(navigator);
  const media = navigator.mediaDevices;
  on(document, "visibilitychange", () => {
    page.note(`page_${document.visibilityState}`);
    if (document.hidden) page.hidden();
  });
  on(window, "pagehide", () => {
    page.note("page_unloaded");
    page.left();
  });
  on(window, "pageshow", page.back);
  on(window, "offline", () => page.note("network_changed", "offline"));
  on(window, "online", () => {
    page.note("network_changed", connection?.type ?? "online");
    page.back();
  });
  on(connection, "change", () => page.note("network_changed", connection?.type ?? connection?.effectiveType));
  if (devices) {
    on(media, "devicechange", () => {
      const tell = (found: MediaDeviceInfo[]): void => {
        const detail = JSON.stringify(found.map(({ kind, label }) => ({ kind, label })));
        page.note("devices_changed", "", { detail });
      };
      media.enumerateDevices().then(tell, () => page.note("devices_changed"));
    });
  }
}

type Request = (constraints?: MediaStreamConstraints) => Promise<MediaStream>;

/** Notes every getUserMedia and getDisplayMedia and what came of it, until the signal aborts. */
export function watchMedia(note: Note, devices: boolean, screens: (track: MediaStreamTrack) => void, signal: AbortSignal): void {
  const watched = (request: Request, word: string): Request =>
    async function (this: unknown, constraints) {
      const isScreen = word === "display";
      note(`${word}_requested`, ["audio", "video"].filter((kind) => constraints?.[kind as "audio"]).join(" "));
      try {
        const stream = await request.call(this, constraints);
        for (const track of stream.getTracks()) {
          // The label of a screen may be the title of a window.
          note(`${word}_granted`, track.kind, { track: track.id, detail: devices && !isScreen ? track.label : "" });
          if (isScreen) screens(track);
        }
        return stream;
      } catch (error) {
        note(`${word}_refused`, (error as Error).name);
        throw error;
      }
    };
  const media = navigator.mediaDevices as MediaDevices | undefined;
  replace(media, "getUserMedia", signal, (request) => watched(request, "media"));
  replace(media, "getDisplayMedia", signal, (request) => watched(request, "display"));
}

/** Puts something of ours in the place of what a browser has, if it has it, until the signal aborts. */
export function replace<T extends object, K extends keyof T>(
  owner: T | undefined,
  name: K,
  signal: AbortSignal,
  make: (original: NonNullable<T[K]>) => T[K],
): void {
  const original = owner?.[name];
  if (!original) return;
  const ours = (owner[name] = make(original));
  signal.addEventListener("abort", () => {
    if (owner[name] === ours) owner[name] = original; // otherwise somebody else's is around ours by now
  });
}

interface NetworkInformation extends EventTarget {
  type?: string;
  effectiveType?: string;
}

/** The Network Information API, where the browser has it. */
export function networkOf(browser: Navigator): NetworkInformation | undefined {
  return (browser as { connection?: NetworkInformation }).connection;
}
