"""The whole ledger of use and custody: requests, readings, notices, incidents, stocktakes, seals, plans, repairs."""

import sqlalchemy as sa
from alembic import op

import archive.model.base
from archive.migrations import triggers

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('absence',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('person_uid', sa.String(length=32), nullable=False),
    sa.Column('deputy_uid', sa.String(length=32), nullable=True),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='the reason'),
    sa.Column('set_by', sa.String(length=32), nullable=False),
    sa.Column('set_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('ended_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.CheckConstraint('deputy_uid IS NULL OR deputy_uid <> person_uid', name=op.f('ck_absence_not_own_deputy')),
    sa.CheckConstraint('last_day >= first_day', name=op.f('ck_absence_forward')),
    sa.ForeignKeyConstraint(['deputy_uid'], ['person.uid'], name=op.f('fk_absence_deputy_uid')),
    sa.ForeignKeyConstraint(['person_uid'], ['person.uid'], name=op.f('fk_absence_person_uid')),
    sa.ForeignKeyConstraint(['set_by'], ['person.uid'], name=op.f('fk_absence_set_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_absence'))
    )
    with op.batch_alter_table('absence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_absence_deputy_uid'), ['deputy_uid'], unique=False)
        batch_op.create_index(batch_op.f('ix_absence_person_uid'), ['person_uid'], unique=False)

    op.create_table('clearance',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('person_uid', sa.String(length=32), nullable=False),
    sa.Column('leaving_on', sa.Date(), nullable=False),
    sa.Column('state', sa.Enum('OPEN', 'SIGNED', 'CERTIFIED', 'CANCELLED', name='clearancestate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('begun_by', sa.String(length=32), nullable=False),
    sa.Column('begun_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('signed_by', sa.String(length=32), nullable=True, comment="the department's manager"),
    sa.Column('signed_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('certified_by', sa.String(length=32), nullable=True, comment='the archivist'),
    sa.Column('certified_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('certificate', sa.String(length=40), nullable=True),
    sa.CheckConstraint("(state = 'CERTIFIED') = (certificate IS NOT NULL)", name=op.f('ck_clearance_certified_is_numbered')),
    sa.CheckConstraint('certified_by IS NULL OR certified_by <> person_uid', name=op.f('ck_clearance_not_oneself')),
    sa.CheckConstraint('certified_by IS NULL OR certified_by <> signed_by', name=op.f('ck_clearance_two_signers')),
    sa.ForeignKeyConstraint(['begun_by'], ['person.uid'], name=op.f('fk_clearance_begun_by')),
    sa.ForeignKeyConstraint(['certified_by'], ['person.uid'], name=op.f('fk_clearance_certified_by')),
    sa.ForeignKeyConstraint(['person_uid'], ['person.uid'], name=op.f('fk_clearance_person_uid')),
    sa.ForeignKeyConstraint(['signed_by'], ['person.uid'], name=op.f('fk_clearance_signed_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_clearance')),
    sa.UniqueConstraint('certificate', name=op.f('uq_clearance_certificate')),
    sa.UniqueConstraint('number', name=op.f('uq_clearance_number'))
    )
    with op.batch_alter_table('clearance', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_clearance_person_uid'), ['person_uid'], unique=False)

    op.create_table('clock_note',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('newest', archive.model.base.Instant(timezone=True), nullable=False, comment='the newest line of the log at that time'),
    sa.Column('proposed_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('proposed_by', sa.String(length=32), nullable=False),
    sa.Column('confirmed_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('confirmed_by', sa.String(length=32), nullable=True),
    sa.CheckConstraint('confirmed_by IS NULL OR confirmed_by <> proposed_by', name=op.f('ck_clock_note_two_people')),
    sa.ForeignKeyConstraint(['confirmed_by'], ['person.uid'], name=op.f('fk_clock_note_confirmed_by')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.uid'], name=op.f('fk_clock_note_proposed_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_clock_note'))
    )
    op.create_table('matrix_version',
    sa.Column('version', sa.String(length=40), nullable=False),
    sa.Column('text', sa.Text(), nullable=False, comment='the whole table as TOML'),
    sa.Column('proposed_by', sa.String(length=32), nullable=True),
    sa.Column('proposed_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('adopted_by', sa.String(length=32), nullable=True),
    sa.Column('adopted_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['adopted_by'], ['person.uid'], name=op.f('fk_matrix_version_adopted_by')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.uid'], name=op.f('fk_matrix_version_proposed_by')),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_matrix_version'))
    )
    op.create_table('office_day',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('worked', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('changed_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['person.uid'], name=op.f('fk_office_day_changed_by')),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_office_day'))
    )
    op.create_table('plan_line',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('department', sa.String(length=12), nullable=False),
    sa.Column('class_code', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False, comment='what the series is called; no names of people'),
    sa.Column('doc_type', sa.String(length=60), nullable=False, comment='the document type that counts; empty: any'),
    sa.Column('frequency', sa.Enum('MONTH', 'QUARTER', 'YEAR', name='frequency', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('grace_days', sa.Integer(), nullable=False, comment="days after the period's end by which it must be filed"),
    sa.Column('keeper_uid', sa.String(length=32), nullable=True, comment='who answers for it'),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['class_code'], ['record_class.code'], name=op.f('fk_plan_line_class_code')),
    sa.ForeignKeyConstraint(['department'], ['department.code'], name=op.f('fk_plan_line_department')),
    sa.ForeignKeyConstraint(['keeper_uid'], ['person.uid'], name=op.f('fk_plan_line_keeper_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_plan_line'))
    )
    with op.batch_alter_table('plan_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_line_department'), ['department'], unique=False)

    op.create_table('seal',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('seal_no', sa.String(length=60), nullable=False, comment='the number printed on the seal itself'),
    sa.Column('bag_uid', sa.String(length=32), nullable=False),
    sa.Column('state', sa.Enum('SEALED', 'UNSEALED', 'RESEALED', name='sealstate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('sealed_on', sa.Date(), nullable=False),
    sa.Column('sealed_by', sa.String(length=32), nullable=False),
    sa.Column('checked_by', sa.String(length=32), nullable=False),
    sa.Column('former_uid', sa.String(length=32), nullable=True, comment='the seal this one replaces'),
    sa.CheckConstraint('sealed_by <> checked_by', name=op.f('ck_seal_two_people')),
    sa.ForeignKeyConstraint(['bag_uid'], ['location.uid'], name=op.f('fk_seal_bag_uid')),
    sa.ForeignKeyConstraint(['checked_by'], ['person.uid'], name=op.f('fk_seal_checked_by')),
    sa.ForeignKeyConstraint(['former_uid'], ['seal.uid'], name=op.f('fk_seal_former_uid')),
    sa.ForeignKeyConstraint(['sealed_by'], ['person.uid'], name=op.f('fk_seal_sealed_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_seal')),
    sa.UniqueConstraint('number', name=op.f('uq_seal_number')),
    sa.UniqueConstraint('seal_no', name=op.f('uq_seal_seal_no'))
    )
    op.create_table('stocktake',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.Enum('MONTH', 'YEAR', 'SPOT', name='stocktakekind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('period', sa.String(length=10), nullable=False, comment='2026-03, or 2026'),
    sa.Column('class_code', sa.String(length=20), nullable=False, comment='the scope; empty for all'),
    sa.Column('department', sa.String(length=12), nullable=False),
    sa.Column('place_uid', sa.String(length=32), nullable=True),
    sa.Column('blind', sa.Boolean(), nullable=False, comment='the counters do not see what is expected'),
    sa.Column('state', sa.Enum('COUNTING', 'COMPARED', 'CLOSED', 'CANCELLED', name='stocktakestate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('begun_by', sa.String(length=32), nullable=False),
    sa.Column('begun_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('counter_one', sa.String(length=32), nullable=False),
    sa.Column('counter_two', sa.String(length=32), nullable=False),
    sa.Column('compared_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('checked_by', sa.String(length=32), nullable=True),
    sa.Column('closed_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('agrees', sa.Boolean(), nullable=True, comment='帐物相符: every expected thing was there, nothing else was'),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='remarks, day by which faults are mended'),
    sa.CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name=op.f('ck_stocktake_closed_is_dated')),
    sa.CheckConstraint('checked_by IS NULL OR checked_by NOT IN (counter_one, counter_two)', name=op.f('ck_stocktake_own_checker')),
    sa.CheckConstraint('counter_one <> counter_two', name=op.f('ck_stocktake_two_counters')),
    sa.ForeignKeyConstraint(['begun_by'], ['person.uid'], name=op.f('fk_stocktake_begun_by')),
    sa.ForeignKeyConstraint(['checked_by'], ['person.uid'], name=op.f('fk_stocktake_checked_by')),
    sa.ForeignKeyConstraint(['counter_one'], ['person.uid'], name=op.f('fk_stocktake_counter_one')),
    sa.ForeignKeyConstraint(['counter_two'], ['person.uid'], name=op.f('fk_stocktake_counter_two')),
    sa.ForeignKeyConstraint(['place_uid'], ['location.uid'], name=op.f('fk_stocktake_place_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_stocktake')),
    sa.UniqueConstraint('number', name=op.f('uq_stocktake_number'))
    )
    with op.batch_alter_table('stocktake', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stocktake_period'), ['period'], unique=False)

    op.create_table('system_credential',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('made_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=32), nullable=True),
    sa.Column('revoked_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['made_by'], ['person.uid'], name=op.f('fk_system_credential_made_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_system_credential')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_system_credential_token_hash'))
    )
    op.create_table('validity_review',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=False),
    sa.Column('nth', sa.Integer(), nullable=False, comment='the newest is the last: instants may be alike'),
    sa.Column('outcome', sa.Enum('SET', 'VALID', 'REVISE', 'SUPERSEDED', name='reviewoutcome', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('next_on', sa.Date(), nullable=True, comment='NULL: no more reviews'),
    sa.Column('reviewed_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('reviewed_by', sa.String(length=32), nullable=False),
    sa.Column('card', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['reviewed_by'], ['person.uid'], name=op.f('fk_validity_review_reviewed_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_validity_review')),
    sa.UniqueConstraint('record_uid', 'nth', name=op.f('uq_validity_review_record_uid_nth'))
    )

    op.create_table('visitor',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.Enum('OUTSIDE', 'PARENT_COMPANY', 'OWNER', name='visitorkind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('party_uid', sa.String(length=32), nullable=True),
    sa.Column('premises_uid', sa.String(length=32), nullable=True),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='name, unit, letter, kind of document, masked number, telephone'),
    sa.Column('identity', sa.LargeBinary(), nullable=False, comment='the full number of the document, under a key of its own'),
    sa.Column('valid_until', sa.Date(), nullable=False, comment="the letter's last day"),
    sa.Column('host_uid', sa.String(length=32), nullable=False, comment='who answers for him here'),
    sa.Column('created_by', sa.String(length=32), nullable=False),
    sa.Column('created_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['created_by'], ['person.uid'], name=op.f('fk_visitor_created_by')),
    sa.ForeignKeyConstraint(['host_uid'], ['person.uid'], name=op.f('fk_visitor_host_uid')),
    sa.ForeignKeyConstraint(['party_uid'], ['party.uid'], name=op.f('fk_visitor_party_uid')),
    sa.ForeignKeyConstraint(['premises_uid'], ['premises.uid'], name=op.f('fk_visitor_premises_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_visitor')),
    sa.UniqueConstraint('number', name=op.f('uq_visitor_number'))
    )
    op.create_table('clearance_line',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('clearance_uid', sa.String(length=32), nullable=False),
    sa.Column('nth', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('UNFILED', 'CONFIDENTIAL_PAPER', 'KEY', 'OTHER', name='clearanceitem', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('card', sa.LargeBinary(), nullable=False),
    sa.Column('added_by', sa.String(length=32), nullable=False),
    sa.Column('added_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('settled_by', sa.String(length=32), nullable=True),
    sa.Column('settled_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['added_by'], ['person.uid'], name=op.f('fk_clearance_line_added_by')),
    sa.ForeignKeyConstraint(['clearance_uid'], ['clearance.uid'], name=op.f('fk_clearance_line_clearance_uid')),
    sa.ForeignKeyConstraint(['settled_by'], ['person.uid'], name=op.f('fk_clearance_line_settled_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_clearance_line')),
    sa.UniqueConstraint('clearance_uid', 'nth', name=op.f('uq_clearance_line_clearance_uid_nth'))
    )

    op.create_table('copy_order',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.Enum('READ', 'LOAN', 'TAKE_OUT', 'COPY', 'EXTRACT', 'SEAL', 'UNSEAL', name='requestkind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=False),
    sa.Column('person_uid', sa.String(length=32), nullable=True),
    sa.Column('visitor_uid', sa.String(length=32), nullable=True),
    sa.Column('line_uid', sa.String(length=32), nullable=True),
    sa.Column('grant_uid', sa.String(length=32), nullable=True),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('certified', sa.Boolean(), nullable=False, comment='stamped as agreeing with the original'),
    sa.Column('made_by', sa.String(length=32), nullable=False),
    sa.Column('made_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment="purpose and which pages, under the record's key"),
    sa.CheckConstraint('(person_uid IS NULL) <> (visitor_uid IS NULL)', name=op.f('ck_copy_order_one_reader')),
    sa.CheckConstraint('pages > 0', name=op.f('ck_copy_order_some_pages')),
    sa.ForeignKeyConstraint(['made_by'], ['person.uid'], name=op.f('fk_copy_order_made_by')),
    sa.ForeignKeyConstraint(['person_uid'], ['person.uid'], name=op.f('fk_copy_order_person_uid')),
    sa.ForeignKeyConstraint(['visitor_uid'], ['visitor.uid'], name=op.f('fk_copy_order_visitor_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_copy_order')),
    sa.UniqueConstraint('number', name=op.f('uq_copy_order_number'))
    )
    with op.batch_alter_table('copy_order', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_copy_order_record_uid'), ['record_uid'], unique=False)

    op.create_table('handover_draft',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.Enum('INTO', 'CENTRAL', 'OUT', name='handoverkind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('state', sa.Enum('DRAFT', 'SIGNED', 'WITHDRAWN', name='handoverstate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('from_department', sa.String(length=12), nullable=False),
    sa.Column('to_department', sa.String(length=12), nullable=False),
    sa.Column('drafted_by', sa.String(length=32), nullable=False),
    sa.Column('drafted_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('handover_uid', sa.String(length=32), nullable=True),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='why it is handed over, to whom outside'),
    sa.ForeignKeyConstraint(['drafted_by'], ['person.uid'], name=op.f('fk_handover_draft_drafted_by')),
    sa.ForeignKeyConstraint(['handover_uid'], ['handover.uid'], name=op.f('fk_handover_draft_handover_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_handover_draft')),
    sa.UniqueConstraint('number', name=op.f('uq_handover_draft_number'))
    )
    op.create_table('inspection',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('place_uid', sa.String(length=32), nullable=False),
    sa.Column('stocktake_uid', sa.String(length=32), nullable=True),
    sa.Column('inspected_on', sa.Date(), nullable=False),
    sa.Column('inspected_by', sa.String(length=32), nullable=False),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='remarks'),
    sa.ForeignKeyConstraint(['inspected_by'], ['person.uid'], name=op.f('fk_inspection_inspected_by')),
    sa.ForeignKeyConstraint(['place_uid'], ['location.uid'], name=op.f('fk_inspection_place_uid')),
    sa.ForeignKeyConstraint(['stocktake_uid'], ['stocktake.uid'], name=op.f('fk_inspection_stocktake_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_inspection')),
    sa.UniqueConstraint('number', name=op.f('uq_inspection_number'))
    )
    with op.batch_alter_table('inspection', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inspection_stocktake_uid'), ['stocktake_uid'], unique=False)

    op.create_table('plan_excuse',
    sa.Column('plan_uid', sa.String(length=32), nullable=False),
    sa.Column('period', sa.String(length=10), nullable=False),
    sa.Column('excused_by', sa.String(length=32), nullable=False),
    sa.Column('excused_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('card', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['excused_by'], ['person.uid'], name=op.f('fk_plan_excuse_excused_by')),
    sa.ForeignKeyConstraint(['plan_uid'], ['plan_line.uid'], name=op.f('fk_plan_excuse_plan_uid')),
    sa.PrimaryKeyConstraint('plan_uid', 'period', name=op.f('pk_plan_excuse'))
    )
    op.create_table('request',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.Enum('READ', 'LOAN', 'TAKE_OUT', 'COPY', 'EXTRACT', 'SEAL', 'UNSEAL', name='requestkind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('person_uid', sa.String(length=32), nullable=True),
    sa.Column('visitor_uid', sa.String(length=32), nullable=True),
    sa.Column('asked_by', sa.String(length=32), nullable=False),
    sa.Column('asked_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('until', sa.Date(), nullable=False, comment='the last day the use is asked for'),
    sa.Column('matrix', sa.String(length=40), nullable=False, comment='the version that routed it'),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='purpose and remarks'),
    sa.CheckConstraint('(person_uid IS NULL) <> (visitor_uid IS NULL)', name=op.f('ck_request_one_reader')),
    sa.ForeignKeyConstraint(['asked_by'], ['person.uid'], name=op.f('fk_request_asked_by')),
    sa.ForeignKeyConstraint(['person_uid'], ['person.uid'], name=op.f('fk_request_person_uid')),
    sa.ForeignKeyConstraint(['visitor_uid'], ['visitor.uid'], name=op.f('fk_request_visitor_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_request')),
    sa.UniqueConstraint('number', name=op.f('uq_request_number'))
    )
    with op.batch_alter_table('request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_request_person_uid'), ['person_uid'], unique=False)
        batch_op.create_index(batch_op.f('ix_request_visitor_uid'), ['visitor_uid'], unique=False)

    op.create_table('seal_line',
    sa.Column('seal_uid', sa.String(length=32), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=False),
    sa.Column('line_uid', sa.String(length=32), nullable=True, comment='the approved request it was sealed on'),
    sa.ForeignKeyConstraint(['seal_uid'], ['seal.uid'], name=op.f('fk_seal_line_seal_uid')),
    sa.PrimaryKeyConstraint('seal_uid', 'record_uid', name=op.f('pk_seal_line'))
    )
    with op.batch_alter_table('seal_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seal_line_record_uid'), ['record_uid'], unique=False)

    op.create_table('seal_opening',
    sa.Column('seal_uid', sa.String(length=32), nullable=False),
    sa.Column('line_uid', sa.String(length=32), nullable=False, comment='the approved request'),
    sa.Column('opened_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('opened_by', sa.String(length=32), nullable=False),
    sa.Column('witness_uid', sa.String(length=32), nullable=False),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='the reason'),
    sa.CheckConstraint('opened_by <> witness_uid', name=op.f('ck_seal_opening_two_people')),
    sa.ForeignKeyConstraint(['opened_by'], ['person.uid'], name=op.f('fk_seal_opening_opened_by')),
    sa.ForeignKeyConstraint(['seal_uid'], ['seal.uid'], name=op.f('fk_seal_opening_seal_uid')),
    sa.ForeignKeyConstraint(['witness_uid'], ['person.uid'], name=op.f('fk_seal_opening_witness_uid')),
    sa.PrimaryKeyConstraint('seal_uid', name=op.f('pk_seal_opening'))
    )
    op.create_table('stocktake_scan',
    sa.Column('stocktake_uid', sa.String(length=32), nullable=False),
    sa.Column('code', sa.String(length=120), nullable=False),
    sa.Column('place_uid', sa.String(length=32), nullable=True),
    sa.Column('damaged', sa.Boolean(), nullable=False),
    sa.Column('scanned_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('scanned_by', sa.String(length=32), nullable=False),
    sa.Column('settled_at', archive.model.base.Instant(timezone=True), nullable=True, comment='of a code nobody expected'),
    sa.Column('correction', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['stocktake_uid'], ['stocktake.uid'], name=op.f('fk_stocktake_scan_stocktake_uid')),
    sa.PrimaryKeyConstraint('stocktake_uid', 'code', name=op.f('pk_stocktake_scan'))
    )
    op.create_table('handover_draft_line',
    sa.Column('draft_uid', sa.String(length=32), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('items', sa.Integer(), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.Enum('PENDING', 'ACCEPTED', 'REFUSED', name='lineoutcome', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('originals', sa.Boolean(), nullable=True),
    sa.Column('ink', sa.Boolean(), nullable=True),
    sa.Column('complete', sa.Boolean(), nullable=True),
    sa.Column('checked_by', sa.String(length=32), nullable=True),
    sa.Column('checked_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='why it was refused, or why copies were taken'),
    sa.ForeignKeyConstraint(['checked_by'], ['person.uid'], name=op.f('fk_handover_draft_line_checked_by')),
    sa.ForeignKeyConstraint(['draft_uid'], ['handover_draft.uid'], name=op.f('fk_handover_draft_line_draft_uid')),
    sa.PrimaryKeyConstraint('draft_uid', 'record_uid', name=op.f('pk_handover_draft_line'))
    )
    with op.batch_alter_table('handover_draft_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_handover_draft_line_record_uid'), ['record_uid'], unique=False)

    op.create_table('inspection_line',
    sa.Column('inspection_uid', sa.String(length=32), nullable=False),
    sa.Column('protection', sa.Enum('INSECTS', 'MOULD', 'DUST', 'FIRE', 'THEFT', 'DAMP', 'HEAT', name='protection', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('sound', sa.Boolean(), nullable=False),
    sa.Column('card', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['inspection_uid'], ['inspection.uid'], name=op.f('fk_inspection_line_inspection_uid')),
    sa.PrimaryKeyConstraint('inspection_uid', 'protection', name=op.f('pk_inspection_line'))
    )
    op.create_table('reading',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('volume_uid', sa.String(length=32), nullable=True),
    sa.Column('item_uid', sa.String(length=32), nullable=True),
    sa.Column('person_uid', sa.String(length=32), nullable=True),
    sa.Column('visitor_uid', sa.String(length=32), nullable=True),
    sa.Column('state', sa.Enum('OPEN', 'ENDED', name='readingstate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('grant_uid', sa.String(length=32), nullable=True),
    sa.Column('line_uid', sa.String(length=32), nullable=True, comment='the approved line it rests on'),
    sa.Column('place_uid', sa.String(length=32), nullable=True),
    sa.Column('companion_uid', sa.String(length=32), nullable=True),
    sa.Column('begun_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('begun_by', sa.String(length=32), nullable=False),
    sa.Column('closes_at', archive.model.base.Instant(timezone=True), nullable=False, comment='when the reading room closes that day'),
    sa.Column('ended_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('ended_by', sa.String(length=32), nullable=True),
    sa.Column('items_out', sa.Integer(), nullable=False),
    sa.Column('pages_out', sa.Integer(), nullable=False),
    sa.Column('items_back', sa.Integer(), nullable=True),
    sa.Column('pages_back', sa.Integer(), nullable=True),
    sa.Column('intact', sa.Boolean(), nullable=True),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment="purpose, and what came of it, under the record's key"),
    sa.CheckConstraint("(state = 'ENDED') = (ended_at IS NOT NULL)", name=op.f('ck_reading_ended_is_dated')),
    sa.CheckConstraint('(person_uid IS NULL) <> (visitor_uid IS NULL)', name=op.f('ck_reading_one_reader')),
    sa.CheckConstraint('(volume_uid IS NULL) <> (item_uid IS NULL)', name=op.f('ck_reading_one_subject')),
    sa.CheckConstraint('person_uid IS NULL OR person_uid <> begun_by', name=op.f('ck_reading_two_signers_out')),
    sa.ForeignKeyConstraint(['begun_by'], ['person.uid'], name=op.f('fk_reading_begun_by')),
    sa.ForeignKeyConstraint(['companion_uid'], ['person.uid'], name=op.f('fk_reading_companion_uid')),
    sa.ForeignKeyConstraint(['ended_by'], ['person.uid'], name=op.f('fk_reading_ended_by')),
    sa.ForeignKeyConstraint(['item_uid'], ['item.uid'], name=op.f('fk_reading_item_uid')),
    sa.ForeignKeyConstraint(['person_uid'], ['person.uid'], name=op.f('fk_reading_person_uid')),
    sa.ForeignKeyConstraint(['place_uid'], ['location.uid'], name=op.f('fk_reading_place_uid')),
    sa.ForeignKeyConstraint(['visitor_uid'], ['visitor.uid'], name=op.f('fk_reading_visitor_uid')),
    sa.ForeignKeyConstraint(['volume_uid'], ['volume.uid'], name=op.f('fk_reading_volume_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_reading')),
    sa.UniqueConstraint('number', name=op.f('uq_reading_number'))
    )
    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reading_item_uid'), ['item_uid'], unique=False)
        batch_op.create_index('ix_reading_open', ['state', 'closes_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_reading_person_uid'), ['person_uid'], unique=False)
        batch_op.create_index(batch_op.f('ix_reading_visitor_uid'), ['visitor_uid'], unique=False)
        batch_op.create_index(batch_op.f('ix_reading_volume_uid'), ['volume_uid'], unique=False)

    op.create_table('request_line',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('request_uid', sa.String(length=32), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=True, comment='NULL until words are matched to a record'),
    sa.Column('wanted', sa.LargeBinary(), nullable=False, comment='what was asked for in words'),
    sa.Column('state', sa.Enum('ASKED', 'ENDORSED', 'APPROVED', 'FULFILLED', 'REFUSED', 'WITHDRAWN', 'LAPSED', name='requeststate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('steps', sa.String(length=120), nullable=False, comment='the posts on the road, space between, in order'),
    sa.Column('step', sa.Integer(), nullable=False, comment='how many steps are done'),
    sa.Column('next_role', sa.String(length=20), nullable=False, comment='the post that decides next'),
    sa.Column('department', sa.String(length=12), nullable=False, comment='whose manager is meant'),
    sa.Column('closed_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['request_uid'], ['request.uid'], name=op.f('fk_request_line_request_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_request_line'))
    )
    with op.batch_alter_table('request_line', schema=None) as batch_op:
        batch_op.create_index('ix_request_line_record', ['record_uid', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_request_line_request_uid'), ['request_uid'], unique=False)
        batch_op.create_index('ix_request_line_waiting', ['state', 'next_role', 'department'], unique=False)

    op.create_table('decision',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('line_uid', sa.String(length=32), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(length=40), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False, comment='the post it was decided in'),
    sa.Column('decided_by', sa.String(length=32), nullable=False),
    sa.Column('for_uid', sa.String(length=32), nullable=True, comment='whose deputy decided'),
    sa.Column('decided_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='the reason or remark'),
    sa.ForeignKeyConstraint(['decided_by'], ['person.uid'], name=op.f('fk_decision_decided_by')),
    sa.ForeignKeyConstraint(['for_uid'], ['person.uid'], name=op.f('fk_decision_for_uid')),
    sa.ForeignKeyConstraint(['line_uid'], ['request_line.uid'], name=op.f('fk_decision_line_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_decision'))
    )
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decision_line_uid'), ['line_uid'], unique=False)

    op.create_table('incident',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.Enum('LOST', 'DAMAGED', 'LEAKED', name='incidentkind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('state', sa.Enum('REPORTED', 'JUDGED', 'DECIDED', 'CLOSED', 'FOUND', name='incidentstate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=False),
    sa.Column('loan_uid', sa.String(length=32), nullable=True),
    sa.Column('reading_uid', sa.String(length=32), nullable=True),
    sa.Column('stocktake_uid', sa.String(length=32), nullable=True),
    sa.Column('replacement_uid', sa.String(length=32), nullable=True, comment='the copy that stands in for it'),
    sa.Column('found_on', sa.Date(), nullable=False, comment='when it was noticed'),
    sa.Column('reported_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('reported_by', sa.String(length=32), nullable=False),
    sa.Column('judged_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('judged_by', sa.String(length=32), nullable=True),
    sa.Column('decided_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=32), nullable=True),
    sa.Column('closed_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=32), nullable=True),
    sa.Column('recovered_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('recovered_by', sa.String(length=32), nullable=True),
    sa.Column('report', sa.LargeBinary(), nullable=False, comment="course, extent, measures, who was concerned; the record's key"),
    sa.Column('judgement', sa.LargeBinary(), nullable=False, comment='liability'),
    sa.Column('decision', sa.LargeBinary(), nullable=False),
    sa.Column('outcome', sa.LargeBinary(), nullable=False, comment='what was done about it; how it was found again'),
    sa.CheckConstraint("(state = 'REPORTED') = (judged_at IS NULL)", name=op.f('ck_incident_judged_is_dated')),
    sa.CheckConstraint('judged_by IS NULL OR judged_by <> reported_by', name=op.f('ck_incident_reporter_does_not_judge')),
    sa.ForeignKeyConstraint(['closed_by'], ['person.uid'], name=op.f('fk_incident_closed_by')),
    sa.ForeignKeyConstraint(['decided_by'], ['person.uid'], name=op.f('fk_incident_decided_by')),
    sa.ForeignKeyConstraint(['judged_by'], ['person.uid'], name=op.f('fk_incident_judged_by')),
    sa.ForeignKeyConstraint(['loan_uid'], ['loan.uid'], name=op.f('fk_incident_loan_uid')),
    sa.ForeignKeyConstraint(['reading_uid'], ['reading.uid'], name=op.f('fk_incident_reading_uid')),
    sa.ForeignKeyConstraint(['recovered_by'], ['person.uid'], name=op.f('fk_incident_recovered_by')),
    sa.ForeignKeyConstraint(['replacement_uid'], ['holding.uid'], name=op.f('fk_incident_replacement_uid')),
    sa.ForeignKeyConstraint(['reported_by'], ['person.uid'], name=op.f('fk_incident_reported_by')),
    sa.ForeignKeyConstraint(['stocktake_uid'], ['stocktake.uid'], name=op.f('fk_incident_stocktake_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_incident')),
    sa.UniqueConstraint('number', name=op.f('uq_incident_number'))
    )
    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_incident_loan_uid'), ['loan_uid'], unique=False)
        batch_op.create_index(batch_op.f('ix_incident_record_uid'), ['record_uid'], unique=False)
        batch_op.create_index(batch_op.f('ix_incident_stocktake_uid'), ['stocktake_uid'], unique=False)

    op.create_table('notice',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('loan_uid', sa.String(length=32), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True, comment='the due day it speaks of: a renewal begins anew'),
    sa.Column('stage', sa.String(length=20), nullable=False, comment='before, due, overdue-1 …, recall, or by hand'),
    sa.Column('person_uid', sa.String(length=32), nullable=False),
    sa.Column('channel', sa.Enum('MAIL', 'TELEPHONE', 'IN_PERSON', 'PAPER', name='channel', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('state', sa.Enum('WAITING', 'SENT', 'FAILED', 'CANCELLED', name='noticestate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('made_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=32), nullable=False, comment='a person, or the clock'),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='subject and text'),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_try_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('sent_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('failure', sa.String(length=40), nullable=False, comment='code of the last failure, no words'),
    sa.Column('reply', sa.LargeBinary(), nullable=False),
    sa.Column('replied_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['loan_uid'], ['loan.uid'], name=op.f('fk_notice_loan_uid')),
    sa.ForeignKeyConstraint(['person_uid'], ['person.uid'], name=op.f('fk_notice_person_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_notice')),
    sa.UniqueConstraint('loan_uid', 'due_on', 'stage', 'person_uid', name=op.f('uq_notice_loan_uid_due_on_stage_person_uid')),
    sa.UniqueConstraint('number', name=op.f('uq_notice_number'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notice_loan_uid'), ['loan_uid'], unique=False)
        batch_op.create_index(batch_op.f('ix_notice_person_uid'), ['person_uid'], unique=False)
        batch_op.create_index('ix_notice_waiting', ['state', 'next_try_at'], unique=False)

    op.create_table('renewal',
    sa.Column('loan_uid', sa.String(length=32), nullable=False),
    sa.Column('nth', sa.Integer(), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('to_day', sa.Date(), nullable=False),
    sa.Column('renewed_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('renewed_by', sa.String(length=32), nullable=False),
    sa.CheckConstraint('to_day > from_day', name=op.f('ck_renewal_forward')),
    sa.ForeignKeyConstraint(['loan_uid'], ['loan.uid'], name=op.f('fk_renewal_loan_uid')),
    sa.ForeignKeyConstraint(['renewed_by'], ['person.uid'], name=op.f('fk_renewal_renewed_by')),
    sa.PrimaryKeyConstraint('loan_uid', 'nth', name=op.f('pk_renewal'))
    )
    op.create_table('incident_holding',
    sa.Column('incident_uid', sa.String(length=32), nullable=False),
    sa.Column('holding_uid', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['holding_uid'], ['holding.uid'], name=op.f('fk_incident_holding_holding_uid')),
    sa.ForeignKeyConstraint(['incident_uid'], ['incident.uid'], name=op.f('fk_incident_holding_incident_uid')),
    sa.PrimaryKeyConstraint('incident_uid', 'holding_uid', name=op.f('pk_incident_holding'))
    )
    with op.batch_alter_table('incident_holding', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_incident_holding_holding_uid'), ['holding_uid'], unique=False)

    op.create_table('repair',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=False),
    sa.Column('method', sa.Enum('MEND', 'COPY', 'SCAN', name='repairmethod', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('state', sa.Enum('ORDERED', 'DONE', 'CANCELLED', name='repairstate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('incident_uid', sa.String(length=32), nullable=True),
    sa.Column('found_on', sa.Date(), nullable=False),
    sa.Column('ordered_by', sa.String(length=32), nullable=False),
    sa.Column('ordered_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('ended_by', sa.String(length=32), nullable=True),
    sa.Column('ended_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('copy_uid', sa.String(length=32), nullable=True, comment='the copy made of it'),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment="damage, who does it, what becomes of the original; the record's key"),
    sa.CheckConstraint("(state = 'ORDERED') = (ended_at IS NULL)", name=op.f('ck_repair_ended_is_dated')),
    sa.ForeignKeyConstraint(['copy_uid'], ['holding.uid'], name=op.f('fk_repair_copy_uid')),
    sa.ForeignKeyConstraint(['ended_by'], ['person.uid'], name=op.f('fk_repair_ended_by')),
    sa.ForeignKeyConstraint(['incident_uid'], ['incident.uid'], name=op.f('fk_repair_incident_uid')),
    sa.ForeignKeyConstraint(['ordered_by'], ['person.uid'], name=op.f('fk_repair_ordered_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_repair')),
    sa.UniqueConstraint('number', name=op.f('uq_repair_number'))
    )
    with op.batch_alter_table('repair', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_repair_record_uid'), ['record_uid'], unique=False)

    op.create_table('stocktake_line',
    sa.Column('stocktake_uid', sa.String(length=32), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=False),
    sa.Column('code', sa.String(length=120), nullable=False),
    sa.Column('expected', sa.Enum('SHELF', 'UNPLACED', 'LOAN', 'READING_ROOM', 'REPAIR', 'LOST', 'ELECTRONIC', name='whereabouts', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('place_uid', sa.String(length=32), nullable=True),
    sa.Column('finding', sa.Enum('PRESENT', 'AWAY', 'MISSING', 'MISPLACED', 'UNEXPECTED', 'DAMAGED', name='finding', native_enum=False, create_constraint=True, length=20), nullable=True),
    sa.Column('seen_uid', sa.String(length=32), nullable=True, comment='the place it was found in'),
    sa.Column('incident_uid', sa.String(length=32), nullable=True),
    sa.Column('correction', sa.LargeBinary(), nullable=False, comment='what was put right, in words'),
    sa.Column('settled_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('settled_by', sa.String(length=32), nullable=True),
    sa.ForeignKeyConstraint(['incident_uid'], ['incident.uid'], name=op.f('fk_stocktake_line_incident_uid')),
    sa.ForeignKeyConstraint(['stocktake_uid'], ['stocktake.uid'], name=op.f('fk_stocktake_line_stocktake_uid')),
    sa.PrimaryKeyConstraint('stocktake_uid', 'record_uid', name=op.f('pk_stocktake_line'))
    )
    with op.batch_alter_table('stocktake_line', schema=None) as batch_op:
        batch_op.create_index('ix_stocktake_line_finding', ['stocktake_uid', 'finding'], unique=False)

    op.create_table('outing',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('holding_uid', sa.String(length=32), nullable=False),
    sa.Column('loan_uid', sa.String(length=32), nullable=True),
    sa.Column('reading_uid', sa.String(length=32), nullable=True),
    sa.Column('repair_uid', sa.String(length=32), nullable=True),
    sa.Column('returned_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.CheckConstraint('(CASE WHEN loan_uid IS NULL THEN 0 ELSE 1 END) + (CASE WHEN reading_uid IS NULL THEN 0 ELSE 1 END) + (CASE WHEN repair_uid IS NULL THEN 0 ELSE 1 END) = 1', name=op.f('ck_outing_one_reason')),
    sa.ForeignKeyConstraint(['holding_uid'], ['holding.uid'], name=op.f('fk_outing_holding_uid')),
    sa.ForeignKeyConstraint(['loan_uid'], ['loan.uid'], name=op.f('fk_outing_loan_uid')),
    sa.ForeignKeyConstraint(['reading_uid'], ['reading.uid'], name=op.f('fk_outing_reading_uid')),
    sa.ForeignKeyConstraint(['repair_uid'], ['repair.uid'], name=op.f('fk_outing_repair_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_outing'))
    )
    with op.batch_alter_table('outing', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outing_holding_uid'), ['holding_uid'], unique=False)
        batch_op.create_index(batch_op.f('ix_outing_loan_uid'), ['loan_uid'], unique=False)
        batch_op.create_index(batch_op.f('ix_outing_reading_uid'), ['reading_uid'], unique=False)
        batch_op.create_index(batch_op.f('ix_outing_repair_uid'), ['repair_uid'], unique=False)
        batch_op.create_index('one_open_outing_per_holding', ['holding_uid'], unique=True, sqlite_where=sa.text('returned_at IS NULL'), postgresql_where=sa.text('returned_at IS NULL'))

    op.add_column('access_grant', sa.Column('spent_at', archive.model.base.Instant(timezone=True), nullable=True, comment='used up by the loan it was given for'))
    op.add_column('access_grant', sa.Column('line_uid', sa.String(length=32), nullable=True, comment='the line of the request it answers'))
    op.add_column('blob', sa.Column('checked_at', archive.model.base.Instant(timezone=True), nullable=True, comment='every byte was read and was right'))
    op.add_column('handover', sa.Column('draft_uid', sa.String(length=32), nullable=True))
    op.add_column('handover', sa.Column('kind', sa.Enum('INTO', 'CENTRAL', 'OUT', name='handoverkind', native_enum=False, length=20), server_default='INTO', nullable=False))
    op.add_column('handover', sa.Column('witness', sa.String(length=32), nullable=True))
    op.add_column('holding', sa.Column('condition', sa.Enum('SOUND', 'DAMAGED', 'LOST', name='condition', native_enum=False, length=20), server_default='SOUND', nullable=False))
    op.add_column('item', sa.Column('centralised', sa.Boolean(), server_default=sa.false(), nullable=False, comment="in the central store, no longer the department's (R28)"))
    op.add_column('item', sa.Column('held_on', sa.Date(), nullable=True, comment='accepted by the archive'))
    op.add_column('loan', sa.Column('grant_uid', sa.String(length=32), nullable=True, comment='the approval it was lent on'))
    op.add_column('loan', sa.Column('box_uid', sa.String(length=32), nullable=True, comment='the box it went over the counter in'))
    op.add_column('loan', sa.Column('only_copy', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('loan', sa.Column('take_out', sa.Boolean(), server_default=sa.false(), nullable=False, comment='may leave the premises (R45)'))
    op.add_column('loan', sa.Column('renewals', sa.Integer(), server_default='0', nullable=False))
    op.add_column('loan', sa.Column('recalled_at', archive.model.base.Instant(timezone=True), nullable=True))
    op.add_column('loan', sa.Column('recalled_by', sa.String(length=32), nullable=True))
    op.add_column('location', sa.Column('capacity', sa.Integer(), nullable=True, comment='volumes, lone items, boxes and bags it holds at most'))
    op.add_column('person', sa.Column('contact', sa.LargeBinary(), nullable=True, comment='mail address and telephone, sealed'))
    op.add_column('volume', sa.Column('centralised', sa.Boolean(), server_default=sa.false(), nullable=False, comment="in the central store, no longer the department's (R28)"))
    op.add_column('volume', sa.Column('held_on', sa.Date(), nullable=True, comment='accepted by the archive'))
    op.create_index(op.f('ix_blob_checked_at'), 'blob', ['checked_at'], unique=False)
    op.create_index(op.f('ix_item_place_uid'), 'item', ['place_uid'], unique=False)
    op.create_index(op.f('ix_loan_box_uid'), 'loan', ['box_uid'], unique=False)
    op.create_index('ix_loan_due', 'loan', ['state', 'due_on', 'number'], unique=False)
    op.create_index('ix_loan_borrower', 'loan', ['borrower_uid', 'state'], unique=False)
    op.create_index('ix_loan_lent', 'loan', ['lent_at', 'number'], unique=False)
    op.drop_index(op.f('ix_loan_borrower_uid'), 'loan')
    op.drop_index(op.f('ix_loan_due_on'), 'loan')
    op.create_index(op.f('ix_volume_place_uid'), 'volume', ['place_uid'], unique=False)

    sqlite = op.get_bind().dialect.name == 'sqlite'
    uid = 'lower(hex(randomblob(16)))' if sqlite else 'md5(loan_uid || holding_uid)'
    op.execute(
        'INSERT INTO outing (uid, holding_uid, loan_uid, returned_at)'
        f' SELECT {uid}, holding_uid, loan_uid, returned_at FROM loan_line'
    )
    op.drop_table('loan_line')
    signed = 'date(signed_at)' if sqlite else 'CAST(signed_at AS date)'
    for table in ('volume', 'item'):
        op.execute(
            f'UPDATE {table} SET held_on = (SELECT {signed} FROM handover JOIN handover_line'
            f' ON handover.uid = handover_uid WHERE record_uid = {table}.uid)'
        )
    op.execute(
        'UPDATE item SET held_on = (SELECT held_on FROM volume WHERE volume.uid = item.volume_uid)'
        ' WHERE volume_uid IS NOT NULL'
    )
    triggers.keep(
        ('absence', 'clearance', 'clearance_line', 'clock_note', 'copy_order', 'decision', 'handover_draft', 'handover_draft_line', 'incident', 'incident_holding', 'inspection', 'inspection_line', 'matrix_version', 'notice', 'outing', 'plan_excuse', 'plan_line', 'reading', 'renewal', 'repair', 'request', 'request_line', 'seal', 'seal_line', 'seal_opening', 'stocktake', 'stocktake_line', 'system_credential', 'validity_review', 'visitor'),
        ('renewal', 'copy_order', 'decision', 'incident_holding', 'inspection', 'inspection_line', 'seal_line', 'seal_opening', 'plan_excuse', 'validity_review'),
    )
