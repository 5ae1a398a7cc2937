"""Address of the gallery of components, mounted only with DEBUG."""

from django.urls import path

from marketplace.ui.gallery import gallery

app_name = "ui"
urlpatterns = [path("", gallery, name="gallery")]
