export { convolve } from "./bytes";
export { addTwice, halve, separable, stem } from "./floats";
export { halvePixels, scalePixels, swapRedAndBlue } from "./pixels";

/** The first byte of memory that nothing here uses. */
export function heap(): usize {
  return __heap_base;
}
