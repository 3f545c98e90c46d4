// Whether one decimal number is a multiple of another, exactly: 0.0075 is one of 0.0001, which binary division denies.

/** Whether `value` divided by `divisor` (above 0) leaves nothing. */
export function isMultiple(value: number, divisor: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return value % divisor === 0;
  const [digits, exponent] = decimal(value);
  const [ofDigits, ofExponent] = decimal(divisor);
  const shift = exponent - ofExponent;
  const ten = 10n ** BigInt(Math.abs(shift));
  return shift >= 0 ? (digits * ten) % ofDigits === 0n : digits % (ofDigits * ten) === 0n;
}

/** `[digits, exponent]` of the shortest decimal text of a finite number: digits × 10^exponent. */
function decimal(value: number): [bigint, number] {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return [BigInt(whole + fraction), Number(exponent) - fraction.length];
}
