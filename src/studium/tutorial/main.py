"""The Collatz sequence: halve an even number, triple an odd one and add one. Does it always come down to 1?

Nobody knows. Change `START` to a number you like.
"""

START = 27


def collatz(number: int) -> list[int]:
    """All numbers on the way from `number` down to 1."""
    steps = [number]
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        steps.append(number)
    return steps


def draw(numbers: list[int], width: int = 60) -> None:
    """One bar for each number, the largest as wide as `width`."""
    largest = max(numbers)
    for number in numbers:
        bar = "█" * max(1, round(width * number / largest))
        print(f"{number:>6} {bar}")


if __name__ == "__main__":
    sequence = collatz(START)
    draw(sequence)
    print(f"{START} takes {len(sequence) - 1} steps and climbs to {max(sequence)}.")
