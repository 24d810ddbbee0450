"""What is said on stderr while a long verb works: one line a message, in its own words; stdout is for the answer."""

from riskstrat.cli.common import progress


def test_a_message_is_one_line_however_long_and_brackets_are_not_taken_for_markup(capsys):
    text = "gate [0.9 to 1.1] of [bold]emergency_admission_12m[/bold]: " + "a long explanation " * 12
    progress()(text)
    said = capsys.readouterr()
    assert said.err == f"· {text}\n"
    assert said.out == ""
