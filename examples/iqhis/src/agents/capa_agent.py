"""Reminds the owners of corrective and preventive actions, and escalates what is overdue."""
from datetime import date, timedelta

REMIND_BEFORE = timedelta(days=7)
EFFECTIVENESS_AFTER = timedelta(days=90)


def due_messages(actions, today: date):
    for action in actions:
        if action.closed is None and today > action.due:
            weeks = (today - action.due).days // 7
            yield ("escalate", action.owner if weeks < 2 else action.owner_of_department, action.id)
        elif action.closed is None and action.due - today <= REMIND_BEFORE:
            yield ("remind", action.owner, action.id)
        elif action.closed is not None and action.effective is None and today - action.closed >= EFFECTIVENESS_AFTER:
            yield ("check-effectiveness", action.owner, action.id)
