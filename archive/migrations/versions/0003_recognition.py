"""What extraction noted of a file, and the texts of its pages by character recognition."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('digital_object', sa.Column('note', sa.String(length=200), nullable=True, comment='facts of extraction (image-pages=3/10), no words'))
    op.add_column('digital_object', sa.Column('scans', sa.Integer(), nullable=True, comment='pages that only character recognition can read'))
    op.add_column('digital_object', sa.Column('page', sa.Integer(), nullable=True, comment='of a recognised text: the page, from 1'))
    op.add_column('digital_object', sa.Column('confidence', sa.Integer(), nullable=True, comment='of a recognised text: percent'))
