"""What becomes of records: appraisals, holds, transfers, destructions, secrecy, backup sets; guards in the schema."""

import sqlalchemy as sa
from alembic import op

import archive.model.base
from archive.migrations import guards, triggers

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('period_mark',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=False),
    sa.Column('cause', sa.Enum('APPRAISAL', 'SCHEDULE', 'REMARK', name='markcause', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('source', sa.String(length=40), nullable=False, comment='number of the appraisal, version of the schedule'),
    sa.Column('before', sa.String(length=6), nullable=False),
    sa.Column('after', sa.String(length=6), nullable=False),
    sa.Column('kept_from', sa.Date(), nullable=True, comment='the day the new period counts from'),
    sa.Column('expires_before', sa.Date(), nullable=True),
    sa.Column('expires_after', sa.Date(), nullable=True),
    sa.Column('marked_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('marked_by', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_period_mark'))
    )
    with op.batch_alter_table('period_mark', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_period_mark_record_uid'), ['record_uid'], unique=False)

    op.create_table('appraisal',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False, comment='what was due on this day was taken up'),
    sa.Column('class_code', sa.String(length=20), nullable=False, comment='the scope; empty for all'),
    sa.Column('department', sa.String(length=12), nullable=False),
    sa.Column('state', sa.Enum('OPEN', 'CLOSED', 'CANCELLED', name='appraisalstate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('leader_uid', sa.String(length=32), nullable=True),
    sa.Column('begun_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('begun_by', sa.String(length=32), nullable=False, comment='a person, or the clock'),
    sa.Column('closed_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=32), nullable=True),
    sa.Column('report_uid', sa.String(length=32), nullable=True, comment='the report as an item of WS·DA (V20)'),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='basis, remarks, why it was cancelled'),
    sa.ForeignKeyConstraint(['closed_by'], ['person.uid'], name=op.f('fk_appraisal_closed_by')),
    sa.ForeignKeyConstraint(['leader_uid'], ['person.uid'], name=op.f('fk_appraisal_leader_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_appraisal')),
    sa.UniqueConstraint('number', name=op.f('uq_appraisal_number'))
    )
    op.create_table('backup_set',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('state', sa.Enum('CURRENT', 'PENDING', 'DEAD', 'FORGOTTEN', name='backupstate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('made_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=32), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('records', sa.Integer(), nullable=False),
    sa.Column('files', sa.Integer(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False, comment='bytes'),
    sa.Column('pack_sha256', sa.String(length=64), nullable=False),
    sa.Column('seen_at', archive.model.base.Instant(timezone=True), nullable=False, comment='when its key pack was last written or found current'),
    sa.Column('forgotten_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('forgotten_by', sa.String(length=32), nullable=True),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='its folder, a remark, why it was forgotten'),
    sa.ForeignKeyConstraint(['forgotten_by'], ['person.uid'], name=op.f('fk_backup_set_forgotten_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_backup_set')),
    sa.UniqueConstraint('number', name=op.f('uq_backup_set_number'))
    )
    op.create_table('destruction_list',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('state', sa.Enum('DRAFT', 'FROZEN', 'APPROVED', 'BEGUN', 'DESTROYED', 'FINAL', 'REFUSED', 'WITHDRAWN', name='destructionstate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('drafted_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('drafted_by', sa.String(length=32), nullable=False),
    sa.Column('frozen_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('content_hash', sa.String(length=64), nullable=False, comment='SHA-256 of the frozen lines'),
    sa.Column('approved_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('approved_by', sa.String(length=32), nullable=True),
    sa.Column('earliest_on', sa.Date(), nullable=True, comment='not to be carried out before'),
    sa.Column('begun_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('operator_uid', sa.String(length=32), nullable=True),
    sa.Column('supervisor_one', sa.String(length=32), nullable=True),
    sa.Column('supervisor_two', sa.String(length=32), nullable=True),
    sa.Column('live_on', sa.Date(), nullable=True, comment='the live record could not be read any more from this day'),
    sa.Column('all_on', sa.Date(), nullable=True, comment='nor could any registered copy'),
    sa.Column('register_uid', sa.String(length=32), nullable=True, comment='the register as an item of WS·DA (V20)'),
    sa.Column('certificate', sa.Text(), nullable=False, comment='signed note; ids, counts and dates'),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='reason, remarks'),
    sa.CheckConstraint("state <> 'FINAL' OR all_on IS NOT NULL", name=op.f('ck_destruction_list_final_is_dated')),
    sa.CheckConstraint("state NOT IN ('BEGUN', 'DESTROYED', 'FINAL') OR (approved_by IS NOT NULL AND operator_uid IS NOT NULL)", name=op.f('ck_destruction_list_begun_with_authority')),
    sa.CheckConstraint('(operator_uid IS NULL) = (supervisor_one IS NULL)', name=op.f('ck_destruction_list_begun_by_three')),
    sa.CheckConstraint('(operator_uid IS NULL) = (supervisor_two IS NULL)', name=op.f('ck_destruction_list_begun_with_two')),
    sa.CheckConstraint('approved_by IS NULL OR approved_by <> drafted_by', name=op.f('ck_destruction_list_own_approver')),
    sa.CheckConstraint('approved_by IS NULL OR operator_uid IS NULL OR approved_by NOT IN (operator_uid, supervisor_one, supervisor_two)', name=op.f('ck_destruction_list_approver_apart')),
    sa.CheckConstraint('operator_uid IS NULL OR operator_uid NOT IN (supervisor_one, supervisor_two)', name=op.f('ck_destruction_list_operator_apart')),
    sa.CheckConstraint('supervisor_one IS NULL OR supervisor_one <> supervisor_two', name=op.f('ck_destruction_list_two_supervisors')),
    sa.ForeignKeyConstraint(['approved_by'], ['person.uid'], name=op.f('fk_destruction_list_approved_by')),
    sa.ForeignKeyConstraint(['drafted_by'], ['person.uid'], name=op.f('fk_destruction_list_drafted_by')),
    sa.ForeignKeyConstraint(['operator_uid'], ['person.uid'], name=op.f('fk_destruction_list_operator_uid')),
    sa.ForeignKeyConstraint(['supervisor_one'], ['person.uid'], name=op.f('fk_destruction_list_supervisor_one')),
    sa.ForeignKeyConstraint(['supervisor_two'], ['person.uid'], name=op.f('fk_destruction_list_supervisor_two')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_destruction_list')),
    sa.UniqueConstraint('number', name=op.f('uq_destruction_list_number'))
    )
    op.create_table('hold',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('state', sa.Enum('ACTIVE', 'RELEASED', name='holdstate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('owner_uid', sa.String(length=32), nullable=False, comment='who answers for it'),
    sa.Column('review_on', sa.Date(), nullable=False),
    sa.Column('placed_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('placed_by', sa.String(length=32), nullable=False),
    sa.Column('released_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('released_by', sa.String(length=32), nullable=True),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='reason, the question asked of the index, reviews'),
    sa.Column('ending', sa.LargeBinary(), nullable=False, comment='why it was released'),
    sa.CheckConstraint("(state = 'RELEASED') = (released_at IS NOT NULL)", name=op.f('ck_hold_released_is_dated')),
    sa.ForeignKeyConstraint(['owner_uid'], ['person.uid'], name=op.f('fk_hold_owner_uid')),
    sa.ForeignKeyConstraint(['placed_by'], ['person.uid'], name=op.f('fk_hold_placed_by')),
    sa.ForeignKeyConstraint(['released_by'], ['person.uid'], name=op.f('fk_hold_released_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_hold')),
    sa.UniqueConstraint('number', name=op.f('uq_hold_number'))
    )
    with op.batch_alter_table('hold', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hold_review_on'), ['review_on'], unique=False)

    op.create_table('secrecy_review',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=False),
    sa.Column('outcome', sa.Enum('PROLONG', 'DOWNGRADE', 'DECLASSIFY', name='secrecyoutcome', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('level_before', archive.model.base.LevelNumber(), nullable=False),
    sa.Column('level_after', archive.model.base.LevelNumber(), nullable=False),
    sa.Column('until_before', sa.Date(), nullable=True),
    sa.Column('until_after', sa.Date(), nullable=True),
    sa.Column('proposed_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('proposed_by', sa.String(length=32), nullable=False),
    sa.Column('decided_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=32), nullable=True),
    sa.Column('agreed', sa.Boolean(), nullable=True),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment="reasons; the record's key"),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> proposed_by', name=op.f('ck_secrecy_review_own_decider')),
    sa.ForeignKeyConstraint(['decided_by'], ['person.uid'], name=op.f('fk_secrecy_review_decided_by')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.uid'], name=op.f('fk_secrecy_review_proposed_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_secrecy_review')),
    sa.UniqueConstraint('number', name=op.f('uq_secrecy_review_number'))
    )
    with op.batch_alter_table('secrecy_review', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_secrecy_review_record_uid'), ['record_uid'], unique=False)

    op.create_table('transfer_list',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('state', sa.Enum('DRAFT', 'APPROVED', 'PACKED', 'SIGNED', 'WITHDRAWN', name='transferstate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('to_uid', sa.String(length=32), nullable=False, comment='who receives'),
    sa.Column('drafted_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('drafted_by', sa.String(length=32), nullable=False),
    sa.Column('approved_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('approved_by', sa.String(length=32), nullable=True),
    sa.Column('packed_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('package', sa.String(length=64), nullable=False, comment="SHA-256 of the package's tag manifest"),
    sa.Column('signed_on', sa.Date(), nullable=True),
    sa.Column('signed_by', sa.String(length=32), nullable=True, comment='who handed over'),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment="reason, the receiver's name and receipt number"),
    sa.CheckConstraint("(state = 'SIGNED') = (signed_on IS NOT NULL)", name=op.f('ck_transfer_list_signed_is_dated')),
    sa.CheckConstraint('approved_by IS NULL OR approved_by <> drafted_by', name=op.f('ck_transfer_list_own_approver')),
    sa.ForeignKeyConstraint(['approved_by'], ['person.uid'], name=op.f('fk_transfer_list_approved_by')),
    sa.ForeignKeyConstraint(['drafted_by'], ['person.uid'], name=op.f('fk_transfer_list_drafted_by')),
    sa.ForeignKeyConstraint(['signed_by'], ['person.uid'], name=op.f('fk_transfer_list_signed_by')),
    sa.ForeignKeyConstraint(['to_uid'], ['party.uid'], name=op.f('fk_transfer_list_to_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_transfer_list')),
    sa.UniqueConstraint('number', name=op.f('uq_transfer_list_number'))
    )
    op.create_table('appraisal_line',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('appraisal_uid', sa.String(length=32), nullable=False),
    sa.Column('nth', sa.Integer(), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=False),
    sa.Column('code', sa.String(length=120), nullable=False),
    sa.Column('period', sa.String(length=6), nullable=False, comment='the period that ran out'),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('review_due', sa.Date(), nullable=True),
    sa.Column('uses', sa.Integer(), nullable=False, comment='loans, readings and copies since it was held'),
    sa.Column('last_used', sa.Date(), nullable=True),
    sa.Column('unfinished', sa.String(length=120), nullable=False, comment='codes of Unfinished, space between'),
    sa.Column('removed_at', archive.model.base.Instant(timezone=True), nullable=True, comment='taken off the worklist undecided'),
    sa.Column('verdict', sa.Enum('DESTROY', 'EXTEND', 'PERMANENT', 'TRANSFER', 'TAKE_OUT', name='verdict', native_enum=False, create_constraint=True, length=20), nullable=True),
    sa.Column('new_period', sa.String(length=6), nullable=True),
    sa.Column('decided_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=32), nullable=True),
    sa.Column('by_leader', sa.Boolean(), nullable=False, comment='the members disagreed and the leader decided'),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment="reason of the decision; the record's key"),
    sa.CheckConstraint('(verdict IS NULL) = (decided_at IS NULL)', name=op.f('ck_appraisal_line_decided_is_dated')),
    sa.ForeignKeyConstraint(['appraisal_uid'], ['appraisal.uid'], name=op.f('fk_appraisal_line_appraisal_uid')),
    sa.ForeignKeyConstraint(['decided_by'], ['person.uid'], name=op.f('fk_appraisal_line_decided_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_appraisal_line')),
    sa.UniqueConstraint('appraisal_uid', 'record_uid', name=op.f('uq_appraisal_line_appraisal_uid_record_uid'))
    )
    with op.batch_alter_table('appraisal_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_appraisal_line_record_uid'), ['record_uid'], unique=False)

    op.create_table('appraisal_member',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('appraisal_uid', sa.String(length=32), nullable=False),
    sa.Column('person_uid', sa.String(length=32), nullable=False),
    sa.Column('seat', sa.Integer(), nullable=False),
    sa.Column('since', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('until', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('appointed_by', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['appraisal_uid'], ['appraisal.uid'], name=op.f('fk_appraisal_member_appraisal_uid')),
    sa.ForeignKeyConstraint(['person_uid'], ['person.uid'], name=op.f('fk_appraisal_member_person_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_appraisal_member'))
    )
    with op.batch_alter_table('appraisal_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_appraisal_member_appraisal_uid'), ['appraisal_uid'], unique=False)

    op.create_table('destruction_signature',
    sa.Column('list_uid', sa.String(length=32), nullable=False),
    sa.Column('signed_as', sa.Enum('APPROVER', 'COUNTERSIGNER', 'SUPERVISOR', name='signedas', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('person_uid', sa.String(length=32), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('signed_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('happened_at', archive.model.base.Instant(timezone=True), nullable=True, comment='when the papers were destroyed'),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='place, remark'),
    sa.ForeignKeyConstraint(['list_uid'], ['destruction_list.uid'], name=op.f('fk_destruction_signature_list_uid')),
    sa.ForeignKeyConstraint(['person_uid'], ['person.uid'], name=op.f('fk_destruction_signature_person_uid')),
    sa.PrimaryKeyConstraint('list_uid', 'signed_as', 'person_uid', name=op.f('pk_destruction_signature'))
    )
    op.create_table('hold_target',
    sa.Column('hold_uid', sa.String(length=32), nullable=False),
    sa.Column('scope', sa.Enum('RECORD', 'PARTY', 'PREMISES', 'CLASS', name='holdscope', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('target', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['hold_uid'], ['hold.uid'], name=op.f('fk_hold_target_hold_uid')),
    sa.PrimaryKeyConstraint('hold_uid', 'scope', 'target', name=op.f('pk_hold_target'))
    )
    with op.batch_alter_table('hold_target', schema=None) as batch_op:
        batch_op.create_index('ix_hold_target_target', ['target', 'scope'], unique=False)

    op.create_table('pending_erasure',
    sa.Column('list_uid', sa.String(length=32), nullable=False),
    sa.Column('set_uid', sa.String(length=32), nullable=False),
    sa.Column('since', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('done_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['list_uid'], ['destruction_list.uid'], name=op.f('fk_pending_erasure_list_uid')),
    sa.ForeignKeyConstraint(['set_uid'], ['backup_set.uid'], name=op.f('fk_pending_erasure_set_uid')),
    sa.PrimaryKeyConstraint('list_uid', 'set_uid', name=op.f('pk_pending_erasure'))
    )
    op.create_table('transfer_line',
    sa.Column('list_uid', sa.String(length=32), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=False),
    sa.Column('nth', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=120), nullable=False),
    sa.Column('items', sa.Integer(), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('pulled_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['list_uid'], ['transfer_list.uid'], name=op.f('fk_transfer_line_list_uid')),
    sa.PrimaryKeyConstraint('list_uid', 'record_uid', name=op.f('pk_transfer_line'))
    )
    with op.batch_alter_table('transfer_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_transfer_line_record_uid'), ['record_uid'], unique=False)

    op.create_table('appraisal_opinion',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('line_uid', sa.String(length=32), nullable=False),
    sa.Column('nth', sa.Integer(), nullable=False, comment='the how-manieth opinion on this line'),
    sa.Column('seat', sa.Integer(), nullable=False, comment='the seat it was given from: it counts for the seat until the next'),
    sa.Column('person_uid', sa.String(length=32), nullable=False),
    sa.Column('verdict', sa.Enum('DESTROY', 'EXTEND', 'PERMANENT', 'TRANSFER', 'TAKE_OUT', name='verdict', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('new_period', sa.String(length=6), nullable=True),
    sa.Column('standard', sa.String(length=20), nullable=False, comment='code of the standard text, if one was used'),
    sa.Column('given_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment="reason, and the papers to take out; the record's key"),
    sa.ForeignKeyConstraint(['line_uid'], ['appraisal_line.uid'], name=op.f('fk_appraisal_opinion_line_uid')),
    sa.ForeignKeyConstraint(['person_uid'], ['person.uid'], name=op.f('fk_appraisal_opinion_person_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_appraisal_opinion')),
    sa.UniqueConstraint('line_uid', 'nth', name=op.f('uq_appraisal_opinion_line_uid_nth'))
    )

    op.create_table('destruction_line',
    sa.Column('list_uid', sa.String(length=32), nullable=False),
    sa.Column('record_uid', sa.String(length=32), nullable=False),
    sa.Column('nth', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=120), nullable=False),
    sa.Column('class_code', sa.String(length=20), nullable=False),
    sa.Column('level', archive.model.base.LevelNumber(), nullable=False),
    sa.Column('personal', sa.Boolean(), nullable=False),
    sa.Column('archive_year', sa.Integer(), nullable=False),
    sa.Column('items', sa.Integer(), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('on_paper', sa.Boolean(), nullable=False, comment='there is paper to destroy'),
    sa.Column('period', sa.String(length=6), nullable=False, comment='应保管期限'),
    sa.Column('started_on', sa.Date(), nullable=True),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('review_due', sa.Date(), nullable=True),
    sa.Column('opinion', sa.String(length=40), nullable=False, comment='number of the appraisal that decided it'),
    sa.Column('line_uid', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False, comment='of the record when the list was frozen'),
    sa.Column('method', sa.Enum('SHRED', 'TEAR', 'PULP', 'ERASE', name='method', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('step', sa.Enum('LISTED', 'DESTROYING', 'DESTROYED', 'PULLED', name='destructionstep', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('destroyed_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('keys', sa.Integer(), nullable=True, comment='how many keys were destroyed with it'),
    sa.Column('pulled_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('pulled_by', sa.String(length=32), nullable=True),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='title and creator where they may stay; why pulled'),
    sa.CheckConstraint("(step = 'DESTROYED') = (destroyed_at IS NOT NULL)", name=op.f('ck_destruction_line_destroyed_is_dated')),
    sa.ForeignKeyConstraint(['line_uid'], ['appraisal_line.uid'], name=op.f('fk_destruction_line_line_uid')),
    sa.ForeignKeyConstraint(['list_uid'], ['destruction_list.uid'], name=op.f('fk_destruction_line_list_uid')),
    sa.ForeignKeyConstraint(['pulled_by'], ['person.uid'], name=op.f('fk_destruction_line_pulled_by')),
    sa.PrimaryKeyConstraint('list_uid', 'record_uid', name=op.f('pk_destruction_line'))
    )
    with op.batch_alter_table('destruction_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_destruction_line_record_uid'), ['record_uid'], unique=False)
        batch_op.create_index('ix_destruction_line_step', ['step'], unique=False)

    op.create_table('taken_out',
    sa.Column('item_uid', sa.String(length=32), nullable=False),
    sa.Column('line_uid', sa.String(length=32), nullable=False),
    sa.Column('volume_uid', sa.String(length=32), nullable=False),
    sa.Column('seq_no', sa.Integer(), nullable=False),
    sa.Column('first_page', sa.Integer(), nullable=False),
    sa.Column('taken_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['line_uid'], ['appraisal_line.uid'], name=op.f('fk_taken_out_line_uid')),
    sa.PrimaryKeyConstraint('item_uid', 'line_uid', name=op.f('pk_taken_out'))
    )
    op.add_column('adoption', sa.Column('state', sa.Enum('DRAFT', 'REVIEWED', 'ADOPTED', 'WITHDRAWN', name='schedulestate', native_enum=False, length=20), server_default='REVIEWED', nullable=False))
    op.add_column('adoption', sa.Column('base', sa.String(length=40), server_default='', nullable=False, comment='the version it changes; empty: the shipped one'))
    op.add_column('adoption', sa.Column('text', sa.Text(), server_default='', nullable=False, comment='the rules it changes, as TOML'))
    op.add_column('adoption', sa.Column('card', sa.LargeBinary(), server_default='', nullable=False, comment='why it was drafted, why withdrawn'))
    op.add_column('adoption', sa.Column('proposed_by', sa.String(length=32), nullable=True))
    op.add_column('adoption', sa.Column('reviewed_at', archive.model.base.Instant(timezone=True), nullable=True))
    op.add_column('adoption', sa.Column('reviewed_by', sa.String(length=32), nullable=True))
    op.execute("UPDATE adoption SET state = 'ADOPTED' WHERE adopted_at IS NOT NULL")
    op.add_column('blob', sa.Column('erased_at', archive.model.base.Instant(timezone=True), nullable=True, comment='nobody has it any more: its file is being removed, or has been (V19)'))
    for table in ('volume', 'item'):
        op.add_column(table, sa.Column('kept_from', sa.Date(), nullable=True, comment='the day a period set anew by appraisal counts from, instead of the trigger'))
        op.add_column(table, sa.Column('secrecy_until', sa.Date(), nullable=True, comment='the last day of its secrecy period'))
        op.create_index(op.f(f'ix_{table}_secrecy_until'), table, ['secrecy_until'], unique=False)
        op.create_index(op.f(f'ix_{table}_party_uid'), table, ['party_uid'], unique=False)
    _events()
    triggers.keep(
        ('period_mark', 'appraisal', 'appraisal_member', 'appraisal_line', 'appraisal_opinion', 'taken_out', 'hold', 'hold_target', 'transfer_list', 'transfer_line', 'destruction_list', 'destruction_line', 'destruction_signature', 'secrecy_review', 'backup_set', 'pending_erasure'),
        ('period_mark', 'appraisal_opinion', 'taken_out', 'hold_target', 'destruction_signature'),
    )
    guards.destruction()


def _events() -> None:
    """Events of items kept alone: the table is written anew, since SQLite cannot change a check."""
    op.rename_table('trigger_event', 'former_trigger_event')
    op.create_table('trigger_event',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('dossier_uid', sa.String(length=32), nullable=True),
    sa.Column('volume_uid', sa.String(length=32), nullable=True),
    sa.Column('item_uid', sa.String(length=32), nullable=True),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('evidence_uid', sa.String(length=32), nullable=True, comment='the record that proves it'),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='the evidence in words'),
    sa.Column('voids_uid', sa.String(length=32), nullable=True, comment='the event this row strikes out: it did not happen'),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.String(length=32), nullable=False),
    sa.CheckConstraint('(CASE WHEN dossier_uid IS NULL THEN 0 ELSE 1 END) + (CASE WHEN volume_uid IS NULL THEN 0 ELSE 1 END) + (CASE WHEN item_uid IS NULL THEN 0 ELSE 1 END) = 1', name=op.f('ck_trigger_event_one_subject')),
    sa.ForeignKeyConstraint(['dossier_uid'], ['dossier.uid'], name=op.f('fk_trigger_event_dossier_uid')),
    sa.ForeignKeyConstraint(['item_uid'], ['item.uid'], name=op.f('fk_trigger_event_item_uid')),
    sa.ForeignKeyConstraint(['recorded_by'], ['person.uid'], name=op.f('fk_trigger_event_recorded_by')),
    sa.ForeignKeyConstraint(['voids_uid'], ['trigger_event.uid'], name=op.f('fk_trigger_event_voids_uid')),
    sa.ForeignKeyConstraint(['volume_uid'], ['volume.uid'], name=op.f('fk_trigger_event_volume_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_trigger_event'))
    )
    empty = "x''" if op.get_bind().dialect.name == 'sqlite' else "''"
    op.execute(
        'INSERT INTO trigger_event (uid, dossier_uid, volume_uid, kind, card, happened_on, recorded_at, recorded_by)'
        f' SELECT uid, dossier_uid, volume_uid, kind, {empty}, happened_on, recorded_at, recorded_by FROM former_trigger_event'
    )
    op.drop_table('former_trigger_event')
    for column in ('dossier_uid', 'item_uid', 'volume_uid'):
        op.create_index(op.f(f'ix_trigger_event_{column}'), 'trigger_event', [column], unique=False)
    triggers.keep(('trigger_event',), ('trigger_event',))
