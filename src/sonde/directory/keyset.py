"""Pages that begin behind the last thing of the page before, however many came in meanwhile."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from sonde.model.listing import Position


def before(
    moment: InstrumentedAttribute[datetime], record_id: InstrumentedAttribute[str], position: Position
) -> ColumnElement[bool]:
    """What comes behind a position where the newest comes first and ids decide between equal moments."""
    return or_(moment < position.at, and_(moment == position.at, record_id < position.record_id))
