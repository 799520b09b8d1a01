//! Floats as text, in the notations of JSON and of C's `%g`.
//!
//! The JSON library of Nix finds digits with Grisu2 (Florian Loitsch, "Printing
//! Floating-Point Numbers Quickly and Accurately with Integers", 2010). Its
//! digits read back as the same number, but one time in a thousand they are not
//! the shortest that do, so the shortest would be different ones.

/// A number `significand * 2^exponent`.
#[derive(Clone, Copy)]
struct Binary {
    significand: u64,
    exponent: i32,
}

impl Binary {
    /// The same number with the highest bit set.
    fn normal(self) -> Binary {
        let shift = self.significand.leading_zeros();
        Binary { significand: self.significand << shift, exponent: self.exponent - shift as i32 }
    }

    /// The upper half of the product, rounded.
    fn times(self, other: Binary) -> Binary {
        let product = u128::from(self.significand) * u128::from(other.significand) + (1 << 63);
        Binary { significand: (product >> 64) as u64, exponent: self.exponent + other.exponent + 64 }
    }
}

/// The decimal exponent of the first of [`POWERS`], and the distance to the next.
const FIRST_POWER: i32 = -300;
const POWER_STEP: i32 = 8;

/// Significands of powers of ten, rounded to 64 bits.
#[rustfmt::skip]
const POWERS: [u64; 79] = [
    0xab70fe17c79ac6ca, 0xff77b1fcbebcdc4f, 0xbe5691ef416bd60c, 0x8dd01fad907ffc3c,
    0xd3515c2831559a83, 0x9d71ac8fada6c9b5, 0xea9c227723ee8bcb, 0xaecc49914078536d,
    0x823c12795db6ce57, 0xc21094364dfb5637, 0x9096ea6f3848984f, 0xd77485cb25823ac7,
    0xa086cfcd97bf97f4, 0xef340a98172aace5, 0xb23867fb2a35b28e, 0x84c8d4dfd2c63f3b,
    0xc5dd44271ad3cdba, 0x936b9fcebb25c996, 0xdbac6c247d62a584, 0xa3ab66580d5fdaf6,
    0xf3e2f893dec3f126, 0xb5b5ada8aaff80b8, 0x87625f056c7c4a8b, 0xc9bcff6034c13053,
    0x964e858c91ba2655, 0xdff9772470297ebd, 0xa6dfbd9fb8e5b88f, 0xf8a95fcf88747d94,
    0xb94470938fa89bcf, 0x8a08f0f8bf0f156b, 0xcdb02555653131b6, 0x993fe2c6d07b7fac,
    0xe45c10c42a2b3b06, 0xaa242499697392d3, 0xfd87b5f28300ca0e, 0xbce5086492111aeb,
    0x8cbccc096f5088cc, 0xd1b71758e219652c, 0x9c40000000000000, 0xe8d4a51000000000,
    0xad78ebc5ac620000, 0x813f3978f8940984, 0xc097ce7bc90715b3, 0x8f7e32ce7bea5c70,
    0xd5d238a4abe98068, 0x9f4f2726179a2245, 0xed63a231d4c4fb27, 0xb0de65388cc8ada8,
    0x83c7088e1aab65db, 0xc45d1df942711d9a, 0x924d692ca61be758, 0xda01ee641a708dea,
    0xa26da3999aef774a, 0xf209787bb47d6b85, 0xb454e4a179dd1877, 0x865b86925b9bc5c2,
    0xc83553c5c8965d3d, 0x952ab45cfa97a0b3, 0xde469fbd99a05fe3, 0xa59bc234db398c25,
    0xf6c69a72a3989f5c, 0xb7dcbf5354e9bece, 0x88fcf317f22241e2, 0xcc20ce9bd35c78a5,
    0x98165af37b2153df, 0xe2a0b5dc971f303a, 0xa8d9d1535ce3b396, 0xfb9b7cd9a4a7443c,
    0xbb764c4ca7a44410, 0x8bab8eefb6409c1a, 0xd01fef10a657842c, 0x9b10a4e5e9913129,
    0xe7109bfba19c0c9d, 0xac2820d9623bf429, 0x80444b5e7aa7cf85, 0xbf21e44003acdd2d,
    0x8e679c2f5e44ff8f, 0xd433179d9c8cb841, 0x9e19db92b4e31ba9,
];

/// A power of ten that brings a number of this binary exponent near 2^64 * 2^-60, and its decimal exponent.
fn power_for(exponent: i32) -> (Binary, i32) {
    let wanted = -60 - exponent - 1;
    // The logarithm of 2 to the base 10, rounded up.
    let decimal = wanted * 78913 / (1 << 18) + i32::from(wanted > 0);
    let index = (decimal - FIRST_POWER + POWER_STEP - 1) / POWER_STEP;
    let decimal = FIRST_POWER + index * POWER_STEP;
    let significand = usize::try_from(index).ok().and_then(|index| POWERS.get(index)).copied().unwrap_or(1 << 63);
    // The logarithm of 10 to the base 2, rounded down.
    (Binary { significand, exponent: ((decimal * 1_741_647) >> 19) - 63 }, decimal)
}

/// The digits of a positive number, and where its decimal point stands among them.
fn digits_and_point(value: f64) -> (String, i32) {
    let bits = value.to_bits();
    let (fraction, biased) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
    let exact = match biased {
        0 => Binary { significand: fraction, exponent: 1 - 1075 },
        _ => Binary { significand: fraction | 1 << 52, exponent: biased - 1075 },
    };
    // Half way to the neighbours, of which the lower one is nearer below a power of two.
    let above = Binary { significand: 2 * exact.significand + 1, exponent: exact.exponent - 1 }.normal();
    let below = match fraction == 0 && biased > 1 {
        true => Binary { significand: 4 * exact.significand - 1, exponent: exact.exponent - 2 },
        false => Binary { significand: 2 * exact.significand - 1, exponent: exact.exponent - 1 },
    };
    let below = Binary { significand: below.significand << (below.exponent - above.exponent), ..above };
    let (power, decimal) = power_for(above.exponent);
    let scaled = exact.normal().times(power);
    let (low, high) = (below.times(power).significand + 1, above.times(power).significand - 1);
    let mut digits = Digits { text: Vec::new(), exponent: -decimal };
    digits.generate(low, scaled.significand, high, scaled.exponent);
    let count = digits.text.len() as i32;
    (digits.text.into_iter().map(char::from).collect(), count + digits.exponent)
}

struct Digits {
    text: Vec<u8>,
    exponent: i32,
}

impl Digits {
    /// Digits of the shortest number found between `low` and `high`, near `exact`; all of them times 2^`exponent`.
    fn generate(&mut self, low: u64, exact: u64, high: u64, exponent: i32) {
        let (mut range, mut distance) = (high - low, high - exact);
        let shift = exponent.unsigned_abs();
        let one = 1u64 << shift;
        let (mut whole, mut rest) = (high >> shift, high & (one - 1));
        let mut power = 1u64;
        while power * 10 <= whole {
            power *= 10;
        }
        loop {
            self.text.push(b'0' + (whole / power) as u8);
            whole %= power;
            let left = (whole << shift) + rest;
            if left <= range {
                self.exponent += power.ilog10() as i32;
                return self.round(distance, range, left, power << shift);
            }
            if power == 1 {
                break;
            }
            power /= 10;
        }
        loop {
            rest *= 10;
            self.text.push(b'0' + (rest >> shift) as u8);
            rest &= one - 1;
            self.exponent -= 1;
            range *= 10;
            distance *= 10;
            if rest <= range {
                return self.round(distance, range, rest, one);
            }
        }
    }

    /// Brings the last digit nearer to the exact number.
    fn round(&mut self, distance: u64, range: u64, mut left: u64, unit: u64) {
        while left < distance
            && range - left >= unit
            && (left + unit < distance || distance - left > left + unit - distance)
        {
            if let Some(last) = self.text.last_mut() {
                *last -= 1;
            }
            left += unit;
        }
    }
}

/// A number as Nix's JSON library writes it.
pub(super) fn json_float(value: f64) -> String {
    if !value.is_finite() {
        return "null".into();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value == 0.0 {
        return format!("{sign}0.0");
    }
    let (digits, point) = digits_and_point(value.abs());
    let count = digits.len() as i32;
    let zeros = |n: i32| "0".repeat(usize::try_from(n).unwrap_or_default());
    let split = |at: i32| digits.split_at_checked(usize::try_from(at).unwrap_or_default()).unwrap_or((&digits, ""));
    if (count..=15).contains(&point) {
        return format!("{sign}{digits}{}.0", zeros(point - count));
    }
    if (1..=15).contains(&point) {
        let (whole, fraction) = split(point);
        return format!("{sign}{whole}.{fraction}");
    }
    if (-3..=0).contains(&point) {
        return format!("{sign}0.{}{digits}", zeros(-point));
    }
    let (first, fraction) = split(1);
    let dot = if fraction.is_empty() { "" } else { "." };
    let exponent = point - 1;
    let mark = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{dot}{fraction}e{mark}{:02}", exponent.abs())
}

/// The notation of C's `%g`, which `std::ostream` uses: six significant digits.
pub(super) fn general_float(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "nan".into()
        } else if value > 0.0 {
            "inf".into()
        } else {
            "-inf".into()
        };
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0".into() } else { "0".into() };
    }
    let text = format!("{value:.5e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent = exponent.parse::<i32>().unwrap_or_default();
    let strip = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    };
    if !(-4..6).contains(&exponent) {
        let mark = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{mark}{:02}", strip(mantissa), exponent.abs());
    }
    strip(&format!("{value:.*}", usize::try_from(5 - exponent).unwrap_or_default()))
}
