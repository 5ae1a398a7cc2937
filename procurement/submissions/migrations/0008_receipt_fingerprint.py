import hashlib

from django.db import migrations, models


def compute(apps, schema_editor):
    """Receipts signed before this column are found by their file too."""
    receipts = apps.get_model("submissions", "Receipt").objects.using(schema_editor.connection.alias)
    for pk, signed in receipts.values_list("pk", "signed").iterator():
        receipts.filter(pk=pk).update(fingerprint=hashlib.sha256(signed.encode()).hexdigest())


class Migration(migrations.Migration):

    dependencies = [
        ("submissions", "0007_backup_copies"),
    ]

    operations = [
        migrations.AddField(
            model_name="receipt",
            name="fingerprint",
            field=models.CharField(
                db_index=True, default="", editable=False, max_length=64, verbose_name="empreinte SHA-256"
            ),
            preserve_default=False,
        ),
        migrations.RunPython(compute, migrations.RunPython.noop),
    ]
