"""The browser and programs: kinds of log-ins, tokens with scopes, writes under a key, signatures, letters registered."""

import sqlalchemy as sa
from alembic import op

import archive.model.base
from archive.migrations import triggers

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('login_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.Enum('CLI', 'WEB', 'API', name='sessionkind', native_enum=False, create_constraint=True, length=20), server_default='CLI', nullable=False))
        batch_op.add_column(sa.Column('seen_at', archive.model.base.Instant(timezone=True), nullable=True, comment='written at most once a minute'))
        batch_op.add_column(sa.Column('scopes', sa.Text(), server_default='', nullable=False, comment="acts a program's token is good for; empty: all its person may do"))
        batch_op.add_column(sa.Column('card', sa.LargeBinary(), server_default=sa.text("x''"), nullable=False, comment='what the person calls it'))

    op.create_table('api_write',
    sa.Column('person_uid', sa.String(length=32), nullable=False),
    sa.Column('key_mac', sa.String(length=64), nullable=False, comment='keyed MAC of the key'),
    sa.Column('asked_mac', sa.String(length=64), nullable=False, comment='keyed MAC of the verb and all it was given'),
    sa.Column('begun_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True, comment='none: the act is done, its answer was not kept'),
    sa.Column('answer', sa.LargeBinary(), nullable=False, comment='what was answered; empty until it is known'),
    sa.ForeignKeyConstraint(['person_uid'], ['person.uid'], name=op.f('fk_api_write_person_uid')),
    sa.PrimaryKeyConstraint('person_uid', 'key_mac', name=op.f('pk_api_write'))
    )
    with op.batch_alter_table('api_write', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_api_write_begun_at'), ['begun_at'], unique=False)

    op.create_table('signature',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('act', sa.String(length=40), nullable=False, comment='what was signed for'),
    sa.Column('thing_kind', sa.String(length=20), nullable=False),
    sa.Column('thing_uid', sa.String(length=32), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=False, comment='whose key seals the strokes'),
    sa.Column('person_uid', sa.String(length=32), nullable=True, comment='none: a visitor'),
    sa.Column('signed_by', sa.Enum('PAD', 'ACCOUNT', name='signedby', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('strokes', sa.LargeBinary(), nullable=False, comment='the lines drawn; empty where a password was given'),
    sa.Column('signed_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.CheckConstraint("(signed_by = 'PAD') = (length(strokes) > 0)", name=op.f('ck_signature_pad_has_strokes')),
    sa.ForeignKeyConstraint(['person_uid'], ['person.uid'], name=op.f('fk_signature_person_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_signature'))
    )
    with op.batch_alter_table('signature', schema=None) as batch_op:
        batch_op.create_index('ix_signature_thing', ['thing_uid'], unique=False)

    op.create_table('letter_entry',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('direction', sa.String(length=8), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('item_uid', sa.String(length=32), nullable=False),
    sa.Column('handled_on', sa.Date(), nullable=False, comment='day received or sent'),
    sa.Column('registered_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('registered_by', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['item_uid'], ['item.uid'], name=op.f('fk_letter_entry_item_uid')),
    sa.ForeignKeyConstraint(['registered_by'], ['person.uid'], name=op.f('fk_letter_entry_registered_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_letter_entry')),
    sa.UniqueConstraint('item_uid', name=op.f('uq_letter_entry_item_uid')),
    sa.UniqueConstraint('number', name=op.f('uq_letter_entry_number'))
    )
    with op.batch_alter_table('letter_entry', schema=None) as batch_op:
        batch_op.create_index('ix_letter_entry_year', ['direction', 'year'], unique=False)

    triggers.keep(('signature', 'letter_entry'), ('signature', 'letter_entry'))
