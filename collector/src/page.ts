// What happens around the connections: the page, its network, the devices, and leave to use them.

import type { Note } from "./connection.ts";

/** What the collector does when the page changes. */
export interface PageReaction {
  note: Note;
  hidden(): void;
  left(): void;
  back(): void;
  online(): void;
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
    page.online();
  });
  on(connection, "change", () => page.note("network_changed", connection?.type ?? connection?.effectiveType));
  if (devices) {
    on(media, "devicechange", () => {
      void media.enumerateDevices().then((found) => {
        const detail = JSON.stringify(found.map(({ kind, label }) => ({ kind, label })));
        page.note("devices_changed", "", { detail });
      });
    });
  }
}

/** Notes every getUserMedia and getDisplayMedia and what came of it; returns what undoes it. */
export function watchMedia(note: Note, devices: boolean, screens: (track: MediaStreamTrack) => void): () => void {
  const media = navigator.mediaDevices as MediaDevices | undefined;
  if (!media) return () => {};
  const undo = [
    wrapRequest(media, "getUserMedia", "media", note, ({ kind, id, label }) => {
      note("media_granted", kind, { track: id, detail: devices ? label : "" });
    }),
    wrapRequest(media, "getDisplayMedia", "display", note, (track) => {
      note("display_granted", track.kind, { track: track.id });
      screens(track);
    }),
  ];
  return () => undo.forEach((each) => each());
}

type Request = (constraints?: MediaStreamConstraints) => Promise<MediaStream>;

function wrapRequest(
  media: MediaDevices,
  method: "getUserMedia" | "getDisplayMedia",
  word: string,
  note: Note,
  granted: (track: MediaStreamTrack) => void,
): () => void {
  const original = media[method] as Request;
  media[method] = async (constraints) => {
    const kinds = ["audio", "video"].filter((kind) => constraints?.[kind as "audio" | "video"]);
    note(`${word}_requested`, kinds.join(" "));
    try {
      const stream = await original.call(media, constraints);
      stream.getTracks().forEach(granted);
      return stream;
    } catch (error) {
      note(`${word}_refused`, (error as Error).name);
      throw error;
    }
  };
  return () => {
    media[method] = original;
  };
}

interface NetworkInformation extends EventTarget {
  type?: string;
  effectiveType?: string;
}

/** The Network Information API, where the browser has it. */
export function networkOf(browser: Navigator): NetworkInformation | undefined {
  return (browser as { connection?: NetworkInformation }).connection;
}
