// Lets charts write numbers as the page does, whatever language the browser itself speaks.
Chart.defaults.locale = document.documentElement.lang;
