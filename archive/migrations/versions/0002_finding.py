"""Saved searches and the office's own lists of words."""

import sqlalchemy as sa
from alembic import op

import archive.model.base

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('saved_search',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('person_uid', sa.String(length=32), nullable=False),
    sa.Column('name_mac', sa.String(length=64), nullable=False),
    sa.Column('card', sa.LargeBinary(), nullable=False),
    sa.Column('saved_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_uid'], ['person.uid'], name=op.f('fk_saved_search_person_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_saved_search')),
    sa.UniqueConstraint('person_uid', 'name_mac', name=op.f('uq_saved_search_person_uid_name_mac'))
    )
    op.create_table('word_list',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('lines', sa.Text(), nullable=False, comment='one group a line, blanks between its words'),
    sa.Column('changed_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['person.uid'], name=op.f('fk_word_list_changed_by')),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_word_list'))
    )
