"""What both sides write about a request, and the team to itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dsar.actions.conversation.writing import MOST_CHARACTERS, MOST_FILES, new_token
from dsar.forms.fields import WordsField


class _FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Some files, none of them needed; as bytes. What is in them is looked at by the action."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"multiple": True, "accept": ".pdf,.png,.jpg,.jpeg"}
        super().__init__(required=False, widget=_FilesInput(attrs=attrs), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = list(data) if isinstance(data, list | tuple) else [data] if data else []
        return [super(FilesField, self).clean(file, initial).read() for file in files]


class _MessageForm(forms.Form):
    """`token` is made once a form: sent twice it is one message."""

    token = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput, initial=new_token)
    papers = FilesField(
        label=_("Files (optional)"),
        help_text=_("PDF, PNG or JPEG, 5 MB at most in all. Kept encrypted, and only until the request is closed."),
        error_messages={"empty": _("One of these files is empty.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The form of an answer, which ends the request, stands on the same page and has a text too.
        super().__init__(*args, **{"auto_id": "id_message_%s"} | kwargs)

    def clean_papers(self) -> list[bytes]:
        files: list[bytes] = self.cleaned_data["papers"]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(_("Send five files at most with one message."))
        return files

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("text") and not data.get("papers"):
            self.add_error("text", _("Write something, or add a file."))
        return data


class PersonMessageForm(_MessageForm):
    text = WordsField(
        _("Your message"),
        help_text=_("Please send no passwords."),
        most=5_000,
        rows=4,
    )

    field_order = ("text", "papers")


class TeamMessageForm(_MessageForm):
    """`template` is put into the text by a button of its own; `asks` stops the clocks until the person answers."""

    text = WordsField(
        _("Message to the person"),
        most=MOST_CHARACTERS,
        rows=5,
    )
    asks = forms.BooleanField(label=_("I need a reply to go on"), required=False)
    template = forms.ChoiceField(label=_("Text to begin with"), required=False)

    field_order = ("text", "asks", "papers")

    def __init__(self, *args: Any, templates: Sequence[tuple[str, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].choices = [("", _("Choose a text")), *templates]  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    token = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput, initial=new_token)
    text = WordsField(
        _("Note"),
        missing=_("Write the note."),
        most=MOST_CHARACTERS,
        rows=3,
    )

    # The composer above it has a text too.
    prefix = "note"


class ExtendForm(forms.Form):
    reason = WordsField(
        _("The reason it takes longer"),
        help_text=_("Mailed to the person and shown on their page, as the law wants it."),
        missing=_("Say why it takes longer: the person reads it."),
        rows=3,
    )

    prefix = "extend"


class TemplateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, error_messages={"required": _("Give the text a name.")})
    text = WordsField(
        _("Text"),
        help_text=_("In the language of those you write to: it is sent as it stands here, with your changes."),
        missing=_("Write the text."),
        most=MOST_CHARACTERS,
        rows=8,
    )
