"""What enters and leaves as a file: imports, profiles, the intake tray, templates, tried backups; undoing an import."""

import sqlalchemy as sa
from alembic import op

import archive.model.base
from archive.migrations import guards, triggers

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('form_template',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('form', sa.String(length=20), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False, comment='the Word file'),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='file name, remark'),
    sa.Column('installed_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('installed_by', sa.String(length=32), nullable=False),
    sa.Column('retired_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('retired_by', sa.String(length=32), nullable=True),
    sa.ForeignKeyConstraint(['installed_by'], ['person.uid'], name=op.f('fk_form_template_installed_by')),
    sa.ForeignKeyConstraint(['retired_by'], ['person.uid'], name=op.f('fk_form_template_retired_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_form_template')),
    sa.UniqueConstraint('form', 'version', name=op.f('uq_form_template_form_version'))
    )
    with op.batch_alter_table('form_template', schema=None) as batch_op:
        batch_op.create_index('one_current_template_per_form', ['form'], unique=True, sqlite_where=sa.text('retired_at IS NULL'), postgresql_where=sa.text('retired_at IS NULL'))

    op.create_table('import_profile',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.Enum('VOLUMES', 'CONTENTS', 'FILED', 'CONTRACTS', 'PARTIES', 'LOANS', 'INCOMING', 'OUTGOING', 'PACKAGE', name='sheetkind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='headings and what was said for the whole list'),
    sa.Column('changed_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['person.uid'], name=op.f('fk_import_profile_changed_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_import_profile')),
    sa.UniqueConstraint('name', name=op.f('uq_import_profile_name'))
    )
    op.create_table('import_run',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.Enum('VOLUMES', 'CONTENTS', 'FILED', 'CONTRACTS', 'PARTIES', 'LOANS', 'INCOMING', 'OUTGOING', 'PACKAGE', name='sheetkind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('state', sa.Enum('RUNNING', 'DONE', 'UNDOING', 'UNDONE', name='importstate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False, comment='keyed MAC of the file and of how it was read'),
    sa.Column('rows', sa.Integer(), nullable=False, comment='rows of data in the file'),
    sa.Column('reached', sa.Integer(), nullable=False, comment='the last row that is done: a rerun goes on after it'),
    sa.Column('made', sa.Integer(), nullable=False),
    sa.Column('known', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('started_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('started_by', sa.String(length=32), nullable=False),
    sa.Column('finished_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('undone_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('undone_by', sa.String(length=32), nullable=True),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='file name, columns, what was said for the whole list, why undone'),
    sa.CheckConstraint("(state = 'RUNNING') = (finished_at IS NULL)", name=op.f('ck_import_run_finished_is_dated')),
    sa.ForeignKeyConstraint(['started_by'], ['person.uid'], name=op.f('fk_import_run_started_by')),
    sa.ForeignKeyConstraint(['undone_by'], ['person.uid'], name=op.f('fk_import_run_undone_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_import_run')),
    sa.UniqueConstraint('number', name=op.f('uq_import_run_number'))
    )
    with op.batch_alter_table('import_run', schema=None) as batch_op:
        batch_op.create_index('ix_import_run_digest', ['digest', 'kind'], unique=False)

    op.create_table('backup_check',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('set_uid', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.Enum('VERIFY', 'DRILL', 'REPAIR', name='backupcheckkind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('sound', sa.Boolean(), nullable=False),
    sa.Column('share', sa.Integer(), nullable=False, comment='percent of the stored bytes that was read'),
    sa.Column('records', sa.Integer(), nullable=False),
    sa.Column('files', sa.Integer(), nullable=False),
    sa.Column('faults', sa.Integer(), nullable=False),
    sa.Column('checked_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('checked_by', sa.String(length=32), nullable=False, comment='a person, or the clock'),
    sa.ForeignKeyConstraint(['set_uid'], ['backup_set.uid'], name=op.f('fk_backup_check_set_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_backup_check'))
    )
    with op.batch_alter_table('backup_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_backup_check_set_uid'), ['set_uid'], unique=False)

    op.create_table('import_row',
    sa.Column('run_uid', sa.String(length=32), nullable=False),
    sa.Column('row', sa.Integer(), nullable=False, comment='as the sheet counts, from 1'),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('fate', sa.Enum('MADE', 'KNOWN', 'REFUSED', 'SKIPPED', name='rowfate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('kind', sa.Enum('VOLUME', 'ITEM', 'DOSSIER', 'PARTY', 'PREMISES', 'LOAN', name='madekind', native_enum=False, length=20), nullable=True),
    sa.Column('thing_uid', sa.String(length=32), nullable=True),
    sa.Column('error', sa.String(length=40), nullable=False, comment='code of the refusal, no words'),
    sa.Column('mark', sa.String(length=64), nullable=False, comment='keyed MAC of what a row without a code is known again by'),
    sa.Column('items', sa.Integer(), nullable=True, comment='so many papers, says the list'),
    sa.Column('pages', sa.Integer(), nullable=True, comment='so many pages, says the list'),
    sa.ForeignKeyConstraint(['run_uid'], ['import_run.uid'], name=op.f('fk_import_row_run_uid')),
    sa.PrimaryKeyConstraint('run_uid', 'row', 'ordinal', name=op.f('pk_import_row'))
    )
    with op.batch_alter_table('import_row', schema=None) as batch_op:
        batch_op.create_index('ix_import_row_mark', ['mark'], unique=False)
        batch_op.create_index('ix_import_row_thing', ['thing_uid'], unique=False)

    op.create_table('intake_scan',
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('state', sa.Enum('WAITING', 'ATTACHED', 'DISCARDED', name='intakestate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('department', sa.String(length=12), nullable=False, comment='of whoever put it there'),
    sa.Column('blob_uid', sa.String(length=32), nullable=True),
    sa.Column('wrapped_key', sa.LargeBinary(), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=True),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('item_uid', sa.String(length=32), nullable=True),
    sa.Column('put_at', archive.model.base.Instant(timezone=True), nullable=False),
    sa.Column('put_by', sa.String(length=32), nullable=False),
    sa.Column('settled_at', archive.model.base.Instant(timezone=True), nullable=True),
    sa.Column('settled_by', sa.String(length=32), nullable=True),
    sa.Column('card', sa.LargeBinary(), nullable=False, comment='file name, why it matched nothing; why discarded'),
    sa.CheckConstraint("(state = 'WAITING') = (settled_at IS NULL)", name=op.f('ck_intake_scan_settled_is_dated')),
    sa.CheckConstraint("state = 'WAITING' OR length(wrapped_key) = 0", name=op.f('ck_intake_scan_settled_has_no_key')),
    sa.ForeignKeyConstraint(['blob_uid'], ['blob.uid'], name=op.f('fk_intake_scan_blob_uid')),
    sa.ForeignKeyConstraint(['item_uid'], ['item.uid'], name=op.f('fk_intake_scan_item_uid')),
    sa.ForeignKeyConstraint(['put_by'], ['person.uid'], name=op.f('fk_intake_scan_put_by')),
    sa.ForeignKeyConstraint(['settled_by'], ['person.uid'], name=op.f('fk_intake_scan_settled_by')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_intake_scan')),
    sa.UniqueConstraint('number', name=op.f('uq_intake_scan_number'))
    )
    with op.batch_alter_table('intake_scan', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_intake_scan_blob_uid'), ['blob_uid'], unique=False)
        batch_op.create_index('ix_intake_scan_state', ['state', 'number'], unique=False)

    op.add_column('loan', sa.Column('taken_over', sa.Boolean(), server_default=sa.false(), nullable=False, comment='out already when the paper register was brought in; no warrant of ours'))
    triggers.keep(
        ('import_run', 'import_row', 'intake_scan', 'form_template', 'backup_check'),
        ('backup_check',),
    )
    guards.undoing()
