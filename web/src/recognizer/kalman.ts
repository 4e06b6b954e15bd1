/** A box that moves: a constant-velocity Kalman filter whose step is in seconds. */

import { center, type Box } from "./geometry.js";

// As shares of the box's size: error of one detection, acceleration noise a second to the 3/2.
const MEASUREMENT_NOISE = 0.04;
const PROCESS_NOISE = 1.5;
const INITIAL_SPEED = 2;
const SMALLEST_SIDE = 1;

type Four = [number, number, number, number];

/** Follows one box: four independent filters, (center x, center y, width, height). */
export class BoxFilter {
  private position: Four;
  private velocity: Four = [0, 0, 0, 0];
  // Covariances of (position, velocity), the same for the four: they differ by scale alone.
  private pp: number;
  private pv = 0;
  private vv: number;

  constructor(box: Box) {
    this.position = measured(box);
    this.pp = (MEASUREMENT_NOISE * this.size()) ** 2;
    this.vv = (INITIAL_SPEED * this.size()) ** 2;
  }

  predict(stepS: number): void {
    const noise = (PROCESS_NOISE * this.size()) ** 2;
    for (let i = 0; i < 4; i++) this.position[i]! += this.velocity[i]! * stepS;
    // White acceleration noise: q * [[t³/3, t²/2], [t²/2, t]].
    this.pp += 2 * stepS * this.pv + stepS ** 2 * this.vv + (noise * stepS ** 3) / 3;
    this.pv += stepS * this.vv + (noise * stepS ** 2) / 2;
    this.vv += noise * stepS;
    for (const i of [2, 3] as const) this.position[i] = Math.max(this.position[i], SMALLEST_SIDE);
  }

  update(box: Box): void {
    const found = measured(box);
    const total = this.pp + (MEASUREMENT_NOISE * this.size()) ** 2;
    const gainP = this.pp / total;
    const gainV = this.pv / total;
    for (let i = 0; i < 4; i++) {
      const innovation = found[i]! - this.position[i]!;
      this.position[i]! += gainP * innovation;
      this.velocity[i]! += gainV * innovation;
    }
    this.vv -= gainV * this.pv;
    this.pv *= 1 - gainP;
    this.pp *= 1 - gainP;
  }

  /** Where the box is thought to be. */
  get box(): Box {
    const [x, y, width, height] = this.position;
    return { x: x - width / 2, y: y - height / 2, width, height };
  }

  private size(): number {
    return Math.sqrt(this.position[2] * this.position[3]);
  }
}

function measured(box: Box): Four {
  return [...center(box), Math.max(box.width, SMALLEST_SIDE), Math.max(box.height, SMALLEST_SIDE)];
}
