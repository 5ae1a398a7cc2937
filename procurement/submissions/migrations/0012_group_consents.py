import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_verification_refused'),
        ('submissions', '0011_browser_sealing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ConsentRequest',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('round', models.PositiveIntegerField(verbose_name='composition n°')),
                ('kind', models.CharField(choices=[('single', 'Candidat seul'), ('several_liability', 'Groupement conjoint'), ('joint_and_several', 'Groupement solidaire')], max_length=20, verbose_name='forme')),
                ('share', models.PositiveIntegerField(verbose_name='part, en centièmes de %')),
                ('composition', models.JSONField(verbose_name='composition')),
                ('asked_at', models.DateTimeField(verbose_name='demandé le')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation', verbose_name='entreprise')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consent_requests', to='submissions.tenderingparty', verbose_name='candidat')),
            ],
            options={
                'verbose_name': 'accord demandé à un membre',
                'verbose_name_plural': 'accords demandés aux membres',
                'ordering': ['-asked_at'],
            },
        ),
        migrations.CreateModel(
            name='GroupConsent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('is_given', models.BooleanField(verbose_name='accord donné')),
                ('at', models.DateTimeField(verbose_name='le')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='par')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='submissions.consentrequest', verbose_name='demande')),
            ],
            options={
                'verbose_name': 'réponse d’un membre',
                'verbose_name_plural': 'réponses des membres',
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='consentrequest',
            constraint=models.UniqueConstraint(fields=('party', 'organisation', 'round'), name='consent_asked_once_a_round'),
        ),
    ]
