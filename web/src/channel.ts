/** The line to the worker: questions take turns. */

import { MimikaError } from "./assets.js";
import type { Answer, Request } from "./messages.js";

export class Channel {
  closed = false;
  private waiting: { resolve(answer: Answer): void; reject(error: Error): void } | null = null;
  private line: Promise<unknown> = Promise.resolve();
  private streams = 0;

  constructor(private readonly worker: Worker) {
    worker.addEventListener("message", (event: MessageEvent<Answer>) => this.settle(event.data));
    worker.addEventListener("error", (event) => this.fail(event.message || "The worker cannot be started"));
  }

  /** Number of a stream that nobody has yet. */
  nextStream(): number {
    this.streams += 1;
    return this.streams;
  }

  /** Ask the worker, when it has answered what was asked before. */
  ask(request: Request, transfer: Transferable[] = []): Promise<Answer> {
    const asked = this.line.then(() => new Promise<Answer>((resolve, reject) => {
      if (this.closed) {
        reject(new MimikaError("Mimika was closed.", "closed"));
        return;
      }
      this.waiting = { resolve, reject };
      this.worker.postMessage(request, transfer);
    }));
    this.line = asked.catch(() => undefined);
    return asked;
  }

  close(): void {
    this.closed = true;
    this.worker.terminate();
    this.fail("Mimika was closed", "closed");
  }

  private settle(answer: Answer): void {
    const { waiting } = this;
    this.waiting = null;
    if (answer.kind === "failed") waiting?.reject(new MimikaError(answer.reason, answer.code));
    else waiting?.resolve(answer);
  }

  private fail(reason: string, code: "worker" | "closed" = "worker"): void {
    this.waiting?.reject(new MimikaError(`${reason}.`, code));
    this.waiting = null;
  }
}
