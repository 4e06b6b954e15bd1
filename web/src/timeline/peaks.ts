/** Peaks and their prominences, as SciPy's `find_peaks` defines them. */

/**
 * Local maxima that are high enough and stand out enough from their surroundings, ascending.
 * @param share - Least prominence as a share of the peak's height, beside `prominence`.
 */
export function findPeaks(values: ArrayLike<number>, height: number, prominence: number, share: number): number[] {
  return maxima(values).filter((peak) => {
    const top = values[peak]!;
    if (top < height) return false;
    return top - Math.max(lowest(values, peak, -1), lowest(values, peak, 1)) >= Math.max(prominence, share * top);
  });
}

/** Middles of the runs of equal values that both neighbors lie below. */
function maxima(values: ArrayLike<number>): number[] {
  const found: number[] = [];
  for (let begin = 1; begin < values.length - 1;) {
    let end = begin;
    while (end < values.length - 1 && values[end + 1] === values[begin]) end += 1;
    if (end < values.length - 1 && values[begin - 1]! < values[begin]! && values[end + 1]! < values[begin]!) {
      found.push((begin + end) >> 1);
    }
    begin = end + 1;
  }
  return found;
}

/** The lowest value on the way to a higher one, or to the end. */
function lowest(values: ArrayLike<number>, peak: number, step: number): number {
  let low = values[peak]!;
  for (let i = peak; i >= 0 && i < values.length && values[i]! <= values[peak]!; i += step) {
    low = Math.min(low, values[i]!);
  }
  return low;
}
